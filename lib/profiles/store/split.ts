import { sql } from 'kysely';
import type { DeliveryRequest } from '../../delivery/delivery';
import { newDeliveryId } from '../../delivery/identifiers';
import { insertDeliveries, type NewDelivery } from '../../store/insert';
import { inPortions, type Unit } from '../../store/unit';
import { joinPayloads, splitPayloads } from '../payload';
import { holdDestination } from './hold';

/** The reason under which a delivery ends whose members go on in smaller ones. */
export const SPLIT = 'split';

interface DeadRow {
	id: string;
	kind: string;
	name: string;
	source_type: string | null;
	source_id: string | null;
	queue: string | null;
	consumer: string;
	endpoint: string;
	request: string;
	expires_at: number | null;
	order_key: string | null;
	workflow_id: string | null;
	execution_id: string | null;
}

interface MemberRow {
	profile_key: string;
	delivery_place: number;
}

/**
 * Cuts a request for several profiles in two, after the receiver has found it too large (HTTP 413) and the
 * delivery died of it. Each member keeps its bytes. One of which a newer export is on its way is left
 * out, since it must not arrive after that. The consumer has to be woken afterwards.
 * @returns the ids of the new deliveries; undefined, with nothing changed, when it cannot be cut
 */
export async function splitDelivery(unit: Unit, id: string): Promise<string[] | undefined> {
	const row = await deadOf(unit, id);
	if (row?.source_id) await holdDestination(unit, row.source_id);
	const request = row && (JSON.parse(row.request) as DeliveryRequest);
	const bodies = request?.body === undefined ? undefined : splitPayloads(request.body);
	if (!row || !request || !bodies || bodies.length < 2) return undefined;
	const members = await membersOf(unit, row, bodies.length);
	const middle = Math.ceil(members.length / 2);
	const halves = [members.slice(0, middle), members.slice(middle)].filter(
		(half) => half.length > 0,
	);
	await sql`update deliveries set status = 'closed', reason = ${SPLIT}, line = null, reported = 1
		where id = ${id}`.execute(unit.db);
	const made = halves.map((half) => {
		const body = joinPayloads(half.map(({ place }) => bodies[place]));
		return { half, delivery: toDelivery(row, { ...request, body }) };
	});
	for (const { half, delivery } of made) await repoint(unit, row, half, delivery.id);
	await insertDeliveries(
		unit,
		made.map(({ delivery }) => delivery),
	);
	return made.map(({ delivery }) => delivery.id);
}

async function deadOf(unit: Unit, id: string): Promise<DeadRow | undefined> {
	const { rows } =
		await sql<DeadRow>`select id, kind, name, source_type, source_id, queue, consumer,
			endpoint, (select request from requests where delivery_no = no) as request, expires_at, order_key,
			workflow_id, execution_id
		from deliveries where id = ${id} and kind = 'profile' and status = 'dead'
		${unit.dialect.holding('wait')}`.execute(unit.db);
	return rows[0];
}

interface Member {
	place: number;
	/** Undefined where the destination uses no key. */
	key?: string;
}

/** The members whose last export this was. */
async function membersOf(unit: Unit, row: DeadRow, count: number): Promise<Member[]> {
	const { rows } = await sql<MemberRow>`select profile_key, delivery_place from profile_states
		where delivery_id = ${row.id} order by delivery_place`.execute(unit.db);
	if (rows.length === 0 && row.order_key === null) {
		return Array.from({ length: count }, (_, place) => ({ place }));
	}
	return rows.map((one) => ({ place: Number(one.delivery_place), key: one.profile_key }));
}

function toDelivery(row: DeadRow, request: DeliveryRequest): NewDelivery {
	const optional = {
		sourceType: row.source_type,
		sourceId: row.source_id,
		queue: row.queue,
		expiresAt: row.expires_at === null ? null : Number(row.expires_at),
		orderKey: row.order_key,
		workflowId: row.workflow_id,
		executionId: row.execution_id,
	};
	return {
		id: newDeliveryId(),
		kind: row.kind,
		name: row.name,
		consumer: row.consumer,
		endpoint: row.endpoint,
		request: JSON.stringify(request),
		...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null)),
	};
}

async function repoint(
	unit: Unit,
	{ id, source_id }: DeadRow,
	members: readonly Member[],
	deliveryId: string,
): Promise<void> {
	const rows = members.flatMap(({ key }, place) =>
		key === undefined ? [] : [{ profile_key: key, place }],
	);
	const columns = { profile_key: 'text', place: 'bigint' } as const;
	await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql`update profile_states
		set delivery_id = ${deliveryId}, delivery_place = r.place, owed = null
		from ${unit.dialect.rows(portion, columns)} as r
		where profile_states.destination = ${source_id} and profile_states.profile_key = r.profile_key
		and profile_states.delivery_id = ${id}`.execute(unit.db),
	);
}
