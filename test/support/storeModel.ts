import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { cancelDeliveries, expireDeliveries } from '../../lib/store/endings';
import { noteEndpoints } from '../../lib/store/endpoints';
import {
	closeUnsent,
	createLease,
	LEASE_MS,
	markStarted,
	releaseDeliveries,
	renewLease,
} from '../../lib/store/leases';
import { queueConsumer } from '../../lib/store/lines';
import { replayDeliveries } from '../../lib/store/replay';
import { settleDeliveries } from '../../lib/store/settle';
import { takeOverDeliveries } from '../../lib/store/takeOver';
import type { FakeClock } from './fakeClock';
import { newDelivery, rowsOf, sweepAll } from './stores';

const consumer = queueConsumer('q');
const ENDPOINTS = ['https://a.example', 'https://b.example', 'https://c.example'];

/** One step of a run; numbers choose among what there is. */
export interface Step {
	do:
		| 'insert'
		| 'insertLeased'
		| 'claim'
		| 'takeOver'
		| 'settle'
		| 'release'
		| 'lapse'
		| 'renew'
		| 'expire'
		| 'closeUnsent'
		| 'cancel'
		| 'replay'
		| 'pause'
		| 'pass';
	a: number;
	b: number;
}

/** What a holder of a lease believes to have. */
interface Holding {
	lease: string;
	ids: string[];
	sending: boolean;
}

/** Drives a store as triggers and senders do, and keeps what they were promised. */
export class StoreModel {
	private holdings: Holding[] = [];
	private readonly inserted: string[] = [];
	private leases = 0;

	constructor(
		private readonly store: DeliveryStore,
		private readonly clock: FakeClock,
	) {}

	async run({ do: what, a, b }: Step): Promise<void> {
		const { store, clock } = this;
		const holding = this.holdings[a % Math.max(1, this.holdings.length)] as Holding | undefined;
		const some = holding?.ids.filter((_, at) => (b >> at % 4) % 2 === 0) ?? [];
		switch (what) {
			case 'insert':
			case 'insertLeased':
				return await this.insert(a, b, what === 'insertLeased');
			case 'claim': {
				const batch = await store.claim(consumer, 1 + (a % 6));
				if (!batch) return;
				this.hold({
					lease: batch.lease,
					ids: batch.deliveries.map(({ delivery }) => delivery.id),
					sending: false,
				});
				return;
			}
			case 'takeOver':
				return holding && !holding.sending ? await this.takeOver(holding, some) : undefined;
			case 'settle':
				return holding ? await this.settle(holding, some, b) : undefined;
			case 'release':
				if (!holding) return;
				await store.write(
					async (unit) =>
						await releaseDeliveries(
							unit,
							holding.lease,
							some.map((id) => (b % 2 ? { id } : { id, dueAt: unit.now + 10 })),
						),
				);
				holding.ids = holding.ids.filter((id) => !some.includes(id));
				return;
			case 'lapse':
				clock.setWall(clock.now() + LEASE_MS);
				await sweepAll(store);
				return;
			case 'renew':
				if (holding) await store.write(async (unit) => await renewLease(unit, holding.lease));
				return;
			case 'expire':
				await store.write(expireDeliveries);
				return;
			case 'closeUnsent':
				if (!holding || holding.sending) return;
				await store.write(async (unit) => await closeUnsent(unit, holding.lease));
				holding.ids = [];
				return;
			case 'cancel': {
				const ids = [this.inserted[a % Math.max(1, this.inserted.length)] ?? 'none'];
				await store.write(async (unit) => await cancelDeliveries(unit, { ids }));
				return;
			}
			case 'replay': {
				const ids = this.inserted.filter((_, at) => at % 3 === a % 3);
				const options = { force: b % 2 === 0, expiresAt: clock.now() + 1e6 };
				await store.write(async (unit) => await replayDeliveries(unit, ids, options));
				return;
			}
			case 'pause': {
				const pausedUntil = clock.now() + (b % 3) * 50;
				const state = { endpoint: ENDPOINTS[a % 3], pausedUntil, probeWindow: 1, pauses: 1 };
				await store.write(async (unit) => await noteEndpoints(unit, 'q', [state]));
				return;
			}
			case 'pass':
				clock.setWall(clock.now() + (a % 60));
		}
	}

	private hold(holding: Holding): void {
		this.holdings = [holding, ...this.holdings].slice(0, 5);
	}

	private async createSending(): Promise<string> {
		const id = `sender-${++this.leases}-${Math.random()}`;
		await this.store.write(
			async (unit) =>
				await createLease(unit, {
					id,
					boot: this.store.boot,
					until: unit.now + LEASE_MS,
					consumer,
					kind: 'sending',
				}),
		);
		return id;
	}

	private async insert(a: number, b: number, leased: boolean): Promise<void> {
		const lease = leased ? await this.createSending() : undefined;
		const deliveries = Array.from({ length: 1 + (a % 4) }, (_, at) =>
			newDelivery({
				endpoint: ENDPOINTS[(a + at) % 3],
				dueAt: this.clock.now() + (b % 3) * 20,
				...(b % 4 < 2 ? { orderKey: `key-${(a + at) % 2}`, supersede: b % 4 === 0 } : {}),
				...(b % 5 === 0 ? { expiresAt: this.clock.now() + 30 } : {}),
				...(lease === undefined ? {} : { lease: { id: lease, place: at + 1 } }),
			}),
		);
		const result = await this.store.insert(deliveries);
		this.inserted.push(...result.stored);
		const ids = deliveries
			.map(({ id }) => id)
			.filter((id) => !result.held.has(id) && !result.superseded.has(id));
		if (lease !== undefined) this.hold({ lease, ids, sending: true });
	}

	private async takeOver(holding: Holding, ids: string[]): Promise<void> {
		const lease = await this.createSending();
		const taken = await this.store.write(
			async (unit) =>
				await takeOverDeliveries(
					unit,
					ids.map((id, at) => ({
						id,
						lease: holding.lease,
						place: at + 1,
						request: '{"method":"GET","url":"https://a.example/","headers":{}}',
						endpoint: ENDPOINTS[0],
					})),
					{ lease, queue: 'q', consumer, expiresAt: () => unit.now + 1e6 },
				),
		);
		holding.ids = holding.ids.filter((id) => !taken.has(id));
		this.hold({ lease, ids: [...taken.keys()], sending: true });
		await this.store.write(async (unit) => await markStarted(unit, lease, 1));
	}

	private async settle(holding: Holding, ids: string[], b: number): Promise<void> {
		const status = (['delivered', 'retrying', 'dead'] as const)[b % 3];
		const before = new Map((await rowsOf(this.store)).map((row) => [row.id, row.lease]));
		const written = await this.store.write(
			async (unit) =>
				await settleDeliveries(
					unit,
					holding.lease,
					ids.map((id) => ({
						id,
						status,
						attempt: 1,
						step: 1,
						made: { startedAt: unit.now, durationMs: 1 },
						...(status === 'retrying' ? { dueAt: unit.now + 10 } : {}),
					})),
				),
		);
		for (const id of ids) {
			const held = before.get(id) === holding.lease;
			if (written.has(id) !== held) throw new Error(`${id} settled under a lease that it had not`);
		}
		holding.ids = holding.ids.filter((id) => !written.has(id));
	}

	/** What has to hold at any time. Throws for what does not. */
	async check(): Promise<void> {
		const rows = await rowsOf(this.store);
		const { lanes, leases } = await this.store.read(async ({ db }) => ({
			lanes: await db.selectFrom('lanes').selectAll().execute(),
			leases: new Set((await db.selectFrom('leases').select('id').execute()).map(({ id }) => id)),
		}));
		const wrong = (what: string, about: unknown) => {
			throw new Error(`${what}: ${JSON.stringify(about)}`);
		};

		const known = new Set(rows.map(({ id }) => id));
		for (const id of this.inserted) if (!known.has(id)) wrong('lost', id);
		for (const row of rows) {
			if (row.lease !== null && row.line !== null) wrong('leased and to be claimed', row);
			if (row.lease !== null && !leases.has(row.lease)) wrong('a lease that nobody has', row);
			const waits = row.settled_at === null && row.lease === null && row.line === null;
			if (waits && row.order_key === null) wrong('nobody will ever claim it', row);
		}
		const alive = rows.filter((row) => row.settled_at === null && row.order_key !== null);
		for (const key of new Set(alive.map((row) => row.order_key))) {
			const ofKey = alive.filter((row) => row.order_key === key);
			const leased = ofKey.filter((row) => row.lease !== null);
			const lined = ofKey.filter((row) => row.line !== null);
			if (leased.length > 1) wrong('two of a subject are leased', leased);
			if (leased.length + lined.length !== 1) wrong('one of a subject at a time', ofKey);
			if (lined.length === 1 && lined[0] !== ofKey[0]) wrong('a newer one goes first', ofKey);
		}

		const expected = new Map<string, number>();
		for (const { line, endpoint, due_at } of rows) {
			if (line === null) continue;
			const lane = `${line} ${endpoint}`;
			expected.set(lane, Math.min(expected.get(lane) ?? Infinity, Number(due_at)));
		}
		const noted = new Map<string, number>();
		for (const { line, endpoint, next_due_at, ready_at } of lanes) {
			if (next_due_at === null) continue;
			noted.set(`${line} ${endpoint}`, Number(next_due_at));
			if (ready_at === null || ready_at < next_due_at) wrong('ready before it is due', lanes);
		}
		const text = (map: Map<string, number>) => JSON.stringify([...map].sort());
		if (text(expected) !== text(noted)) {
			wrong('lanes do not agree with the deliveries', {
				expected: text(expected),
				noted: text(noted),
			});
		}
	}

	/** In the end everything can be brought to its end: nothing hangs. */
	async drain(): Promise<void> {
		const { store, clock } = this;
		for (let rounds = 0; rounds < 200; rounds++) {
			clock.setWall(clock.now() + LEASE_MS);
			await sweepAll(store);
			const batch = await store.claim(consumer, 50);
			if (!batch) {
				const left = (await rowsOf(store)).filter((row) => row.settled_at === null);
				if (left.length > 0) throw new Error(`never ends: ${JSON.stringify(left)}`);
				return;
			}
			const settlements = batch.deliveries.map(({ delivery }) => ({
				id: delivery.id,
				status: 'delivered' as const,
				attempt: 1,
				step: 0,
			}));
			await store.write(async (unit) => await settleDeliveries(unit, batch.lease, settlements));
		}
		throw new Error('there is always something to claim');
	}
}
