import { sql } from 'kysely';
import { distinctLanes, refreshLanes } from './lanes';
import { settleOrder } from './order';
import type { Unit } from './unit';

export interface ReplayRefusal {
	id: string;
	reason: string;
}

export interface ReplayResult {
	replayed: string[];
	refused: ReplayRefusal[];
}

interface Candidate {
	id: string;
	status: string;
	reason: string | null;
	settled_at: number | null;
	queue: string | null;
	test: number;
	digest: number;
	newer_delivered: number;
}

/**
 * Sends ended deliveries again (design 5, rule 9): same id, same bytes, the schedule from its start, the
 * numbering of attempts going on. Refused for what still lives and, unless forced, for what was superseded
 * or has a newer delivery of its subject that arrived.
 * @param expiresAt epoch milliseconds; the new end of the delivery's age
 */
export async function replayDeliveries(
	unit: Unit,
	ids: readonly string[],
	options: { force?: boolean; expiresAt: number },
): Promise<ReplayResult> {
	const { db, dialect } = unit;
	const { rows } = await sql<Candidate>`select id, status, reason, settled_at, queue, test,
			case when request like '%"bodyDigest":%' then 1 else 0 end as digest,
			case when order_key is not null and exists (select 1 from deliveries newer
				where newer.order_key = deliveries.order_key and newer.no > deliveries.no
				and newer.status = 'delivered') then 1 else 0 end as newer_delivered
		from deliveries where id in ${dialect.list(ids)}`.execute(db);

	const known = new Map(rows.map((row) => [row.id, row]));
	const result: ReplayResult = { replayed: [], refused: [] };
	for (const id of ids) {
		const reason = refusal(known.get(id), options.force === true);
		if (reason) result.refused.push({ id, reason });
		else result.replayed.push(id);
	}
	if (result.replayed.length === 0) return result;

	const replayed = await sql<{ line: string; endpoint: string; order_key: string | null }>`update deliveries set
			status = 'retrying', reason = null, settled_at = null, step = 0, claims = 0, reported = 0,
			due_at = ${unit.now}, expires_at = ${options.expiresAt}, consumer = 'queue:' || queue,
			line = 'queue:' || queue
		where id in ${dialect.list(result.replayed)}
		returning line, endpoint, order_key`.execute(db);
	await refreshLanes(unit, distinctLanes(replayed.rows));
	await settleOrder(
		unit,
		replayed.rows.flatMap((row) => (row.order_key === null ? [] : [row.order_key])),
	);
	return result;
}

function refusal(row: Candidate | undefined, force: boolean): string | undefined {
	if (!row) return 'unknown delivery';
	if (row.settled_at === null) return 'the delivery still lives';
	if (row.test) return 'a test delivery is never sent by itself';
	if (row.queue === null) return 'no sender ever took it, so it has no queue';
	if (row.digest) return 'only a digest of its body was kept';
	if (force) return undefined;
	if (row.reason === 'superseded') return 'a newer delivery superseded it';
	if (row.newer_delivered) return 'a newer delivery of its subject was delivered';
	return undefined;
}
