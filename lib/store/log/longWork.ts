import { keepMeta, readMetas, removeMetas, writeMeta } from '../meta';
import type { DeliveryStore } from '../deliveryStore';
import type { Unit } from '../unit';

export type LongWorkStatus = 'running' | 'done' | 'stopped' | 'failed' | 'lost';

/** Work on many deliveries, and how far it is. Times in epoch milliseconds of the store's clock. */
export interface LongWork {
	id: string;
	/** Replay, purge and the like. */
	what: string;
	/** Deliveries that were worked on. */
	done: number;
	/** How much of what may fit was looked at, from 0 to 1. */
	share: number;
	/** `lost`: nothing was heard of it any more, such as when n8n has died. */
	status: LongWorkStatus;
	startedAt: number;
	updatedAt: number;
	workflowId?: string;
	executionId?: string;
}

const PREFIX = 'work:';
/** Shorter work is told of by what comes of it alone. */
const LONG_MS = 2_000;
/** Noted so often. */
const EVERY_MS = 2_000;
/** Of whom nothing was heard for so long is gone; many times {@link EVERY_MS}. */
const LOST_MS = 60_000;
/** So many are remembered. */
const MOST = 20;

/** Notes in the store how far work is, once it takes long. */
export class LongWorkNote {
	private readonly work: LongWork;
	private isNoted = false;
	private writing: Promise<void> = Promise.resolve();

	constructor(
		private readonly store: DeliveryStore,
		about: Pick<LongWork, 'id' | 'what' | 'workflowId' | 'executionId'>,
	) {
		const now = store.now();
		this.work = { ...about, done: 0, share: 0, status: 'running', startedAt: now, updatedAt: now };
	}

	/** Costs next to nothing when called often. */
	progress(done: number, share: number): void {
		Object.assign(this.work, { done, share });
		const now = this.store.now();
		const { startedAt, updatedAt } = this.work;
		if (now - startedAt < LONG_MS || (this.isNoted && now - updatedAt < EVERY_MS)) return;
		this.note(now);
	}

	/** Waits until it is noted; never fails, since the work is done whatever comes of its note. */
	async end(status: 'done' | 'stopped' | 'failed'): Promise<void> {
		if (this.isNoted) {
			this.work.status = status;
			this.note(this.store.now());
		}
		await this.writing;
	}

	private note(now: number): void {
		const isFirst = !this.isNoted;
		this.isNoted = true;
		this.work.updatedAt = now;
		const { id, startedAt } = this.work;
		const key = `${PREFIX}${String(startedAt).padStart(15, '0')}:${id}`;
		const value = JSON.stringify(this.work);
		const write = async () =>
			await this.store.write(async (unit) => {
				if (isFirst) await forgetOld(unit);
				await (isFirst ? keepMeta : writeMeta)(unit, key, value);
			});
		this.writing = this.writing.then(write).then(
			() => undefined,
			() => undefined,
		);
	}
}

async function forgetOld(unit: Unit): Promise<void> {
	const known = await readMetas(unit, PREFIX);
	await removeMetas(
		unit,
		known.slice(0, Math.max(0, known.length - MOST + 1)).map(({ key }) => key),
	);
}

/** Work that takes or took long, the newest first. */
export async function longWorks(unit: Unit): Promise<LongWork[]> {
	const known = await readMetas(unit, PREFIX);
	return known
		.map(({ value }) => JSON.parse(value) as LongWork)
		.map((work) =>
			work.status === 'running' && work.updatedAt < unit.now - LOST_MS
				? { ...work, status: 'lost' as const }
				: work,
		)
		.reverse();
}
