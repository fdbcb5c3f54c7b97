import { sql } from 'kysely';
import type { Unit } from '../../store/unit';
import type { AuditEventDocument, ReadAuditEvent } from '../auditEvent';
import type { ListQuery } from '../listQuery';
import { listPage, type Page } from './listing';
import { tablesOf, type AuditEventsTable } from './schema';

const DAY = 24 * 3600_000;
/** Longer than the longest schedule of retries, so that a receiver can look up what it was sent. */
const KEPT_MS = 30 * DAY;
/** Removed by one statement. */
const CHUNK = 200;

/** Keeps an event, so that it can be looked up; one that is there already stays. Old ones go. */
export async function storeAuditEvent(unit: Unit, event: ReadAuditEvent): Promise<void> {
	const { attributes } = event.document.data;
	const now = new Date(unit.now).toISOString();
	await tablesOf(unit)
		.insertInto('audit_events')
		.values({
			id: event.id,
			property_id: event.propertyId ?? null,
			type_of: event.typeOf,
			created_at: timestampOf(attributes.created_at, now),
			updated_at: timestampOf(attributes.updated_at, now),
			document: JSON.stringify(event.document),
			stored_at: unit.now,
		})
		.onConflict((c) => c.column('id').doNothing())
		.execute();
	await sql`delete from audit_events where id in (select id from audit_events
		where stored_at < ${unit.now - KEPT_MS} order by stored_at limit ${CHUNK}
		${unit.dialect.holding('pass')})`.execute(unit.db);
}

/** In the one form in which timestamps are kept, whatever the sender of an event wrote. */
function timestampOf(text: unknown, otherwise: string): string {
	const at = typeof text === 'string' ? Date.parse(text) : NaN;
	return Number.isNaN(at) ? otherwise : new Date(at).toISOString();
}

/** An event and the property that may see it (null: of none). */
export interface StoredEvent {
	propertyId: string | null;
	document: AuditEventDocument;
}

/** One event; undefined when it is not kept. */
export async function findAuditEvent(unit: Unit, id: string): Promise<StoredEvent | undefined> {
	const row = await tablesOf(unit)
		.selectFrom('audit_events')
		.selectAll()
		.where('id', '=', id)
		.executeTakeFirst();
	return row && storedOf(row);
}

/**
 * A page of the events that are kept.
 * @param properties those whose events are given; undefined: all, and those of no property
 */
export async function listAuditEvents(
	unit: Unit,
	properties: readonly string[] | undefined,
	query: Pick<ListQuery, 'filters' | 'sort' | 'page'>,
): Promise<Page<StoredEvent>> {
	const seen = properties && [sql`property_id in ${unit.dialect.list(properties)}`];
	const page = await listPage<AuditEventsTable>(unit, 'audit_events', seen ?? [], query);
	return { rows: page.rows.map(storedOf), total: page.total };
}

const storedOf = (row: AuditEventsTable): StoredEvent => ({
	propertyId: row.property_id,
	document: JSON.parse(row.document) as AuditEventDocument,
});
