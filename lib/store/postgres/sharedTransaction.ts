import { createHash } from 'node:crypto';
import { refreshAllLanes } from '../lanes';
import { settleOrderNow } from '../order';
import type { LaneKey, LockKind, SharedTransaction, Unit } from '../unit';
import type { PostgresConnection } from './dialect';

/** So many locks stand for all names of a kind: the server has room for a few thousand, and names are many. */
const BUCKETS = 256;

/**
 * Locks of a transaction and what is left to its end.
 *
 * Everyone takes what he holds in one order, so that hardly ever two wait for each other: names of jobs,
 * rows of deliveries, then at the end the order keys, queues and lanes of all jobs, each sorted. Where it
 * happens all the same, PostgreSQL ends one of them and it is run again.
 */
export class SharedWork implements SharedTransaction {
	private readonly lanes = new Map<string, LaneKey & { served: boolean }>();
	private readonly orderKeys = new Set<string>();
	private readonly queues = new Set<string>();

	readonly later: SharedTransaction['later'] = {
		lanes: (lanes, served) => {
			for (const { line, endpoint } of lanes) {
				const key = `${line}\n${endpoint}`;
				const before = this.lanes.get(key)?.served ?? false;
				this.lanes.set(key, { line, endpoint, served: served || before });
			}
		},
		order: (keys) => {
			for (const key of keys) this.orderKeys.add(key);
		},
		queue: (queue) => void this.queues.add(queue),
	};

	constructor(
		private readonly connection: PostgresConnection,
		private readonly schema: string,
		private readonly unit: () => Unit,
	) {}

	async lock(kind: LockKind, names: Iterable<string>, mode?: 'shared'): Promise<void> {
		const keys = new Set<string>();
		for (const name of names) keys.add(lockKey(this.schema, kind, name));
		if (keys.size === 0) return;
		const sorted = [...keys].sort();
		const take = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
		// Of the transaction: a lock of the session would go astray behind a pooling proxy.
		await this.connection.query(
			`select ${take}(k) from unnest($1::bigint[]) with ordinality as u(k, place) order by place`,
			[sorted],
		);
	}

	async settle(): Promise<void> {
		const unit = this.unit();
		const keys = [...this.orderKeys];
		this.orderKeys.clear();
		await this.lock('order', keys);
		await settleOrderNow(unit, keys);
		const queues = [...this.queues];
		this.queues.clear();
		await this.lock('queue', queues);
		const lanes = [...this.lanes.values()];
		this.lanes.clear();
		await refreshAllLanes(unit, lanes, queues);
	}
}

/** The lock of a name, of 64 bits; sometimes another's too, who then waits for nothing. */
function lockKey(schema: string, kind: LockKind, name: string): string {
	const bucket = createHash('sha256').update(name).digest()[0] % BUCKETS;
	const text = `n8n-nodes-postback/${schema}/${kind}/${bucket}`;
	return createHash('sha256').update(text).digest().readBigInt64BE(0).toString();
}
