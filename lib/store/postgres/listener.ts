import type { Client } from 'pg';
import type { Clock } from '../../clock';

/** Notifications longer than this are refused by PostgreSQL (8,000 bytes). */
const LONGEST = 7_000;
/** Wakes are told together, so often at most. */
const GATHER_MS = 10;
const RECONNECT_MS = [500, 1_000, 2_000, 5_000];
/** A connection that is gone without a word is found out by asking. */
const PROBE_MS = 30_000;

/** Which consumers to wake, and for how many deliveries; an empty map: every one. */
export type WakeCounts = ReadonlyMap<string, number>;

export interface ListenerParts {
	/** A connection of its own, not of the pool. */
	connect: () => Promise<Client>;
	/** Runs a statement on a connection of the pool. */
	query: (text: string, parameters: unknown[]) => Promise<unknown>;
	channel: string;
	boot: string;
	clock: Clock;
	onWake: (counts: WakeCounts) => void;
}

/**
 * Wakes consumers of other processes (LISTEN and NOTIFY). It is a help and no more: whatever is not heard,
 * such as behind a pooling proxy, is found at the next look.
 */
export class PostgresListener {
	private readonly stopped = new AbortController();
	private running: Promise<void> | undefined;
	private told = new Map<string, number>();
	private telling: Promise<void> | undefined;

	constructor(private readonly parts: ListenerParts) {}

	start(): void {
		this.running ??= this.run();
	}

	async stop(): Promise<void> {
		this.stopped.abort();
		await this.telling;
		await this.running;
	}

	/** Tells the other processes. */
	tell(counts: WakeCounts): void {
		if (this.stopped.signal.aborted) return;
		if (counts.size === 0) this.told.set('', 1);
		for (const [consumer, count] of counts) {
			this.told.set(consumer, (this.told.get(consumer) ?? 0) + count);
		}
		this.telling ??= this.tellAll().finally(() => (this.telling = undefined));
	}

	private async tellAll(): Promise<void> {
		const { clock, channel, boot, query } = this.parts;
		while (this.told.size > 0) {
			await clock.sleep(GATHER_MS, this.stopped.signal);
			const told = this.told;
			this.told = new Map();
			const texts = [...told].map(([consumer, count]) => {
				const text = JSON.stringify([boot, consumer, count]);
				// Whoever it is looks once in vain.
				return Buffer.byteLength(text) > LONGEST ? JSON.stringify([boot, '', 1]) : text;
			});
			const text = 'select pg_notify($1, t) from unnest($2::text[]) as u(t)';
			await query(text, [channel, texts]).catch(() => undefined);
		}
	}

	private async run(): Promise<void> {
		const { clock, onWake } = this.parts;
		for (let failures = 0; !this.stopped.signal.aborted; ) {
			try {
				await this.listen(() => (failures = 0));
			} catch {
				// What matters is found by looking; the pool tells what is wrong.
			}
			if (this.stopped.signal.aborted) return;
			const wait = RECONNECT_MS[Math.min(failures++, RECONNECT_MS.length - 1)];
			await clock.sleep(wait, this.stopped.signal);
			// What was told meanwhile was told to nobody.
			onWake(new Map());
		}
	}

	private async listen(onListening: () => void): Promise<void> {
		const { connect, channel, clock } = this.parts;
		const client = await connect();
		const over = new AbortController();
		const ends = AbortSignal.any([over.signal, this.stopped.signal]);
		client.on('error', () => over.abort());
		client.on('end', () => over.abort());
		client.on('notification', ({ payload }) => this.hear(payload));
		try {
			await client.query(`listen ${client.escapeIdentifier(channel)}`);
			onListening();
			while (!ends.aborted) {
				await clock.sleep(PROBE_MS, ends);
				if (!ends.aborted) await client.query('select 1');
			}
		} finally {
			await client.end().catch(() => undefined);
		}
	}

	private hear(payload = ''): void {
		try {
			const [boot, consumer, count] = JSON.parse(payload) as [string, string, number];
			if (boot === this.parts.boot) return;
			this.parts.onWake(consumer === '' ? new Map() : new Map([[consumer, Number(count) || 1]]));
		} catch {
			// Somebody else's, on a channel of the same name.
		}
	}
}
