import { sql } from 'kysely';
import { noteAttempts } from './attempts';
import { distinctLanes, refreshLanes } from './lanes';
import { REPORT } from './lines';
import { holdBack, holdOrder, orderKeysOf, settleOrder } from './order';
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
	no: number;
	id: string;
	status: string;
	reason: string | null;
	settled_at: number | null;
	queue: string | null;
	order_key: string | null;
	attempt: number;
	last_attempt_at: number | null;
	response: string | null;
	test: number;
	digest: number;
	newer_delivered: number;
	newer_supersedes: number;
}

/**
 * Sends ended deliveries again (design 5, rule 9): same id, same bytes, the schedule from its start, the
 * numbering of attempts going on. Refused for what still lives and, unless forced, for what was superseded
 * or has a newer delivery of its subject that arrived. Who may claim them has to be woken afterwards.
 * @param ids a few hundred at most in one call
 * @param options `expiresAt`: the new end of the deliveries' age, epoch milliseconds
 */
export async function replayDeliveries(
	unit: Unit,
	ids: readonly string[],
	options: { force?: boolean; expiresAt: number },
): Promise<ReplayResult> {
	const force = options.force === true;
	await holdOrder(unit, await orderKeysOfIds(unit, ids));
	const known = await candidates(unit, ids);
	const result: ReplayResult = { replayed: [], refused: [] };
	const chosen: Candidate[] = [];
	for (const id of new Set(ids)) {
		const row = known.get(id);
		const reason = refusal(row, force);
		if (reason !== undefined || !row) {
			result.refused.push({ id, reason: reason ?? UNKNOWN });
		} else {
			result.replayed.push(id);
			chosen.push(row);
		}
	}
	if (chosen.length === 0) return result;
	await keepFirstAttempts(unit, chosen);
	await revive(unit, chosen, { force, expiresAt: options.expiresAt });
	return result;
}

async function orderKeysOfIds(unit: Unit, ids: readonly string[]): Promise<string[]> {
	if (!unit.shared) return [];
	const { rows } = await sql<{ order_key: string | null }>`select order_key from deliveries
		where id in ${unit.dialect.list(ids)}`.execute(unit.db);
	return orderKeysOf(rows);
}

async function candidates(unit: Unit, ids: readonly string[]): Promise<Map<string, Candidate>> {
	const newer = (condition: string) => sql`case when order_key is not null and exists (
		select 1 from deliveries newer where newer.order_key = deliveries.order_key
		and newer.no > deliveries.no and ${sql.raw(condition)}) then 1 else 0 end`;
	const { rows } = await sql<Candidate>`select no, id, status, reason, settled_at, queue, order_key,
			attempt, last_attempt_at, response, test,
			case when exists (select 1 from requests where delivery_no = deliveries.no
				and request like '%"bodyDigest":%') then 1 else 0 end as digest,
			${newer("newer.status = 'delivered'")} as newer_delivered,
			${newer('newer.settled_at is null and newer.supersede = 1')} as newer_supersedes
		from deliveries where id in ${unit.dialect.list(ids)}
		${unit.dialect.holding('wait')}`.execute(unit.db);
	return new Map(rows.map((row) => [row.id, row]));
}

async function revive(
	unit: Unit,
	chosen: readonly Candidate[],
	options: { force: boolean; expiresAt: number },
): Promise<void> {
	const keys = orderKeysOf(chosen);
	await holdBack(unit, keys);
	const { rows } = await sql<{ line: string; endpoint: string; was: string }>`update deliveries set
			status = 'retrying', reason = null, settled_at = null, step = 0, claims = 0, reported = 0,
			due_at = ${unit.now}, expires_at = ${options.expiresAt}, consumer = 'queue:' || queue,
			line = case when order_key is null then 'queue:' || queue else null end,
			lease = null, lease_place = null, kept = ${options.force ? 1 : 0}
		where id in ${unit.dialect.list(chosen.map((row) => row.id))}
		returning consumer as line, endpoint, consumer || ${REPORT} as was`.execute(unit.db);
	await refreshLanes(
		unit,
		distinctLanes(
			rows.flatMap(({ line, endpoint, was }) => [
				{ line, endpoint },
				{ line: was, endpoint },
			]),
		),
	);
	await settleOrder(unit, keys);
}

/** What arrived at its first attempt has no row of that attempt until its own row is to tell another. */
async function keepFirstAttempts(unit: Unit, chosen: readonly Candidate[]): Promise<void> {
	const arrived = chosen.filter((row) => row.status === 'delivered' && row.attempt === 1);
	await noteAttempts(
		unit,
		arrived.map((row) => {
			const response = JSON.parse(row.response ?? '{}') as {
				statusCode?: number;
				durationMs?: number;
			};
			return {
				delivery_no: row.no,
				number: row.attempt,
				started_at: Number(row.last_attempt_at ?? row.settled_at),
				duration_ms: response.durationMs ?? 0,
				status_code: response.statusCode ?? null,
				error_code: null,
				message: null,
				verdict: row.status,
			};
		}),
	);
}

const UNKNOWN = 'unknown delivery';

function refusal(row: Candidate | undefined, force: boolean): string | undefined {
	if (!row) return UNKNOWN;
	if (row.settled_at === null) return 'the delivery still lives';
	if (row.test) return 'a test delivery is never sent by itself';
	if (row.queue === null) return 'no sender ever took it, so it has no queue';
	if (row.digest) return 'only a digest of its body was kept';
	if (force) return undefined;
	if (row.reason === 'superseded' || row.newer_supersedes) return 'a newer delivery superseded it';
	if (row.newer_delivered) return 'a newer delivery of its subject was delivered';
	return undefined;
}
