import { sql } from 'kysely';
import { takeKeys, type DeduplicationKey } from './deduplication';
import { distinctLanes, refreshLanes, type LaneKey } from './lanes';
import { reportLine } from './lines';
import { holdOrder, orderKeysOf, settleOrder, supersedeOlder } from './order';
import { storeRequests } from './requests';
import { inPortions, type Unit } from './unit';

/** A delivery to be stored. Times in epoch milliseconds. */
export interface NewDelivery {
	id: string;
	kind: string;
	name: string;
	sourceType?: string;
	sourceId?: string;
	subject?: string;
	eventId?: string;
	queue?: string;
	consumer: string;
	endpoint: string;
	/** The request as JSON. */
	request: string;
	/** `dead` for what can never be sent, such as a URL that is none; it waits to be reported. */
	status?: 'pending' | 'dead' | 'closed';
	reason?: string;
	error?: { code: string; message: string };
	dueAt?: number;
	expiresAt?: number;
	orderKey?: string;
	/** Closes older deliveries of its order key that wait. */
	supersede?: boolean;
	/** Stored already leased to a sender, at this place of its lease. */
	lease?: { id: string; place: number };
	workflowId?: string;
	executionId?: string;
	deduplication?: DeduplicationKey;
}

export interface InsertResult {
	/** Ids that were stored; one that the store has already is left as it is. */
	stored: Set<string>;
	/** What was not stored since its deduplication key is known, with the delivery that had it first. */
	duplicates: { id: string; first: string | undefined }[];
	/** Stored, but an older delivery of the same subject goes first. */
	held: Set<string>;
	/** Stored as closed, since a newer one of the same subject came in the same batch. */
	superseded: Set<string>;
}

/** Deliveries, and characters of their requests, written by one statement. */
const LARGEST_CHUNK = 500;
const LONGEST_CHUNK = 1_000_000;

const COLUMNS = {
	id: 'text',
	kind: 'text',
	name: 'text',
	source_type: 'text',
	source_id: 'text',
	subject: 'text',
	event_id: 'text',
	queue: 'text',
	consumer: 'text',
	line: 'text',
	endpoint: 'text',
	status: 'text',
	reason: 'text',
	claims: 'bigint',
	due_at: 'bigint',
	created_at: 'bigint',
	expires_at: 'bigint',
	settled_at: 'bigint',
	lease: 'text',
	lease_place: 'bigint',
	order_key: 'text',
	supersede: 'bigint',
	error: 'text',
	workflow_id: 'text',
	execution_id: 'text',
} as const;

/**
 * Stores deliveries, one statement for many. Deduplication keys are taken in the same transaction
 * (design 5, rule 10), so a delivery is stored exactly when its key is new.
 */
export async function insertDeliveries(
	unit: Unit,
	deliveries: readonly NewDelivery[],
): Promise<InsertResult> {
	const result: InsertResult = {
		stored: new Set(),
		duplicates: [],
		held: new Set(),
		superseded: new Set(),
	};
	const fresh = supersedeWithin(await withoutDuplicates(unit, deliveries, result), result);
	await holdOrder(
		unit,
		fresh.flatMap(({ orderKey }) => orderKey ?? []),
	);
	for (const chunk of chunks(fresh)) await insertChunk(unit, chunk, result);
	return result;
}

async function insertChunk(
	unit: Unit,
	fresh: readonly NewDelivery[],
	result: InsertResult,
): Promise<void> {
	const { db, dialect, now } = unit;
	const columns = sql.raw(Object.keys(COLUMNS).join(', '));
	const given = fresh.map((d) => toRow(d, now));
	const rows = await inPortions(
		unit,
		given,
		async (portion) =>
			await sql<StoredRow>`insert into deliveries (${columns}) select ${columns}
				from ${dialect.rows(portion, COLUMNS)} as r where true
				on conflict (id) do nothing returning no, id, order_key`.execute(db),
	);
	for (const { id } of rows) result.stored.add(id);
	const requests = new Map(fresh.map(({ id, request }) => [id, request]));
	await storeRequests(
		unit,
		rows.map(({ no, id }) => ({ no, request: requests.get(id) as string })),
	);

	await keepOrder(unit, rows, result);
	const lanes: LaneKey[] = [];
	for (const d of fresh) {
		if (d.status === 'dead') lanes.push({ line: reportLine(d.consumer), endpoint: d.endpoint });
		else if (!d.lease && d.orderKey === undefined && d.status !== 'closed')
			lanes.push({ line: d.consumer, endpoint: d.endpoint });
	}
	await refreshLanes(unit, distinctLanes(lanes));
}

interface StoredRow {
	no: number;
	id: string;
	order_key: string | null;
}

/** Cut so that no statement holds the event loop for long, whatever the number and length of the requests. */
function* chunks(deliveries: readonly NewDelivery[]): Iterable<NewDelivery[]> {
	let chunk: NewDelivery[] = [];
	let length = 0;
	for (const delivery of deliveries) {
		chunk.push(delivery);
		length += delivery.request.length;
		if (chunk.length < LARGEST_CHUNK && length < LONGEST_CHUNK) continue;
		yield chunk;
		chunk = [];
		length = 0;
	}
	if (chunk.length > 0) yield chunk;
}

function toRow(d: NewDelivery, now: number): Record<keyof typeof COLUMNS, string | number | null> {
	const dead = d.status === 'dead';
	const ended = dead || d.status === 'closed';
	const lease = ended ? undefined : d.lease;
	// An ordered one gets its line from settleOrder, when it is its turn.
	const waits = !lease && !ended && d.orderKey === undefined;
	const line = dead ? reportLine(d.consumer) : waits ? d.consumer : null;
	return {
		id: d.id,
		kind: d.kind,
		name: d.name,
		source_type: d.sourceType ?? null,
		source_id: d.sourceId ?? null,
		subject: d.subject ?? null,
		event_id: d.eventId ?? null,
		queue: d.queue ?? null,
		consumer: d.consumer,
		line,
		endpoint: d.endpoint,
		status: d.status ?? 'pending',
		reason: d.reason ?? null,
		claims: 0,
		due_at: d.dueAt ?? now,
		created_at: now,
		expires_at: d.expiresAt ?? null,
		settled_at: ended ? now : null,
		lease: lease?.id ?? null,
		lease_place: lease?.place ?? null,
		order_key: d.orderKey ?? null,
		supersede: d.supersede ? 1 : 0,
		error: d.error ? JSON.stringify(d.error) : null,
		workflow_id: d.workflowId ?? null,
		execution_id: d.executionId ?? null,
	};
}

async function withoutDuplicates(
	unit: Unit,
	deliveries: readonly NewDelivery[],
	result: InsertResult,
): Promise<readonly NewDelivery[]> {
	const keyed = deliveries.filter((d) => d.deduplication);
	if (keyed.length === 0) return deliveries;
	const first = await takeKeys(
		unit,
		keyed.map((d) => ({ ...(d.deduplication as DeduplicationKey), deliveryId: d.id })),
	);
	return deliveries.filter((d) => {
		if (!d.deduplication) return true;
		const owner = first(d.deduplication);
		if (owner === d.id) return true;
		result.duplicates.push({ id: d.id, first: owner });
		return false;
	});
}

/** What was stored under a sender's lease gives it back where an older one of its subject goes first. */
async function keepOrder(
	unit: Unit,
	stored: readonly StoredRow[],
	result: InsertResult,
): Promise<void> {
	const keys = orderKeysOf(stored);
	if (keys.length === 0) return;
	await supersedeOlder(unit, keys);
	const held = await sql<{ id: string }>`update deliveries set lease = null, lease_place = null
		where id in ${unit.dialect.list(stored.map((row) => row.id))} and settled_at is null
		and order_key is not null and exists (select 1 from deliveries older
			where older.order_key = deliveries.order_key and older.settled_at is null
			and older.no < deliveries.no)
		returning id`.execute(unit.db);
	for (const { id } of held.rows) result.held.add(id);
	await settleOrder(unit, keys);
}

/** Of several deliveries of one subject in a batch only the last has to be sent. */
function supersedeWithin(fresh: readonly NewDelivery[], result: InsertResult): NewDelivery[] {
	const last = new Map<string, string>();
	for (const d of fresh) if (d.orderKey !== undefined && d.supersede) last.set(d.orderKey, d.id);
	return fresh.map((d) => {
		const newest = d.orderKey === undefined ? undefined : last.get(d.orderKey);
		// Ids sort by time within a process, so an older delivery has the smaller one.
		if (newest === undefined || newest === d.id || d.status === 'dead' || d.id > newest) return d;
		result.superseded.add(d.id);
		return { ...d, status: 'closed', reason: 'superseded' };
	});
}
