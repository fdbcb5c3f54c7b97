import { sql } from 'kysely';
import type { Unit } from '../../store/unit';
import type { CallbackAttributes } from '../jsonApi';
import { tablesOf } from './schema';

export const CHANGES = ['created', 'updated', 'deleted', 'disabled', 'enabled'] as const;
export type ChangeKind = (typeof CHANGES)[number];

/** One change of one callback. */
export interface CallbackChange {
	change: ChangeKind;
	callbackId: string;
	propertyId: string;
	/** `AE…`: the audit event that tells of it, where one is wanted. */
	eventId: string;
	/** The name of the token, or what else changed it. */
	author?: string;
	/** As it is now, or was when it was deleted. */
	attributes: CallbackAttributes;
}

export interface NumberedChange extends CallbackChange {
	no: number;
	/** Epoch milliseconds. */
	at: number;
}

/** Woken when something was changed. */
export const CHANGES_CONSUMER = 'callback-changes';

const DAY = 24 * 3600_000;
/** A trigger that was off for longer has missed what is older. */
const KEPT_MS = 7 * DAY;
const CHUNK = 200;

/** Writes a change down, in the transaction that makes it. */
export async function noteChange(unit: Unit, change: CallbackChange): Promise<void> {
	// A number must not appear behind the back of a reader who has told of a higher one: they are given and
	// come to be seen one after the other.
	await unit.shared?.lock('changes', ['']);
	await tablesOf(unit)
		.insertInto('callback_changes')
		.values({
			at: unit.now,
			change: change.change,
			callback_id: change.callbackId,
			property_id: change.propertyId,
			event_id: change.eventId,
			author: change.author ?? null,
			callback: JSON.stringify(change.attributes),
		})
		.execute();
	await sql`delete from callback_changes where no in (select no from callback_changes
		where at < ${unit.now - KEPT_MS} order by at limit ${CHUNK}
		${unit.dialect.holding('pass')})`.execute(unit.db);
}

/** Changes after a position, the oldest first. */
export async function changesAfter(
	unit: Unit,
	position: number,
	limit: number,
): Promise<NumberedChange[]> {
	const rows = await tablesOf(unit)
		.selectFrom('callback_changes')
		.selectAll()
		.where('no', '>', position)
		.orderBy('no')
		.limit(limit)
		.execute();
	return rows.map((row) => ({
		no: Number(row.no),
		at: Number(row.at),
		change: row.change as ChangeKind,
		callbackId: row.callback_id,
		propertyId: row.property_id,
		eventId: row.event_id,
		...(row.author === null ? {} : { author: row.author }),
		attributes: JSON.parse(row.callback) as CallbackAttributes,
	}));
}

/** A trigger that tells of changes. */
export interface Reader {
	/** It has told of all changes up to this number. */
	position: number;
	/** Where its API is served from. */
	baseUrl?: string;
}

/** Where a reader stands; a new one begins with what is changed from now on. */
export async function readerOf(unit: Unit, reader: string): Promise<Reader> {
	const row = await findReader(unit, reader);
	if (row) {
		const baseUrl = row.base_url === null ? {} : { baseUrl: row.base_url };
		return { position: Number(row.position), ...baseUrl };
	}
	const position = await lastChange(unit);
	await writeReader(unit, reader, { position });
	return { position };
}

/** Notes that a reader has told of everything up to a number. */
export async function advanceReader(unit: Unit, reader: string, position: number): Promise<void> {
	await tablesOf(unit)
		.updateTable('callback_readers')
		.set({ position })
		.where('reader', '=', reader)
		.where('position', '<', position)
		.execute();
}

/** Notes where a reader's API is served from. */
export async function noteBaseUrl(unit: Unit, reader: string, baseUrl: string): Promise<void> {
	await readerOf(unit, reader);
	await tablesOf(unit)
		.updateTable('callback_readers')
		.set({ base_url: baseUrl })
		.where('reader', '=', reader)
		.execute();
}

async function findReader(unit: Unit, reader: string) {
	return await tablesOf(unit)
		.selectFrom('callback_readers')
		.selectAll()
		.where('reader', '=', reader)
		.executeTakeFirst();
}

async function lastChange(unit: Unit): Promise<number> {
	const row = await tablesOf(unit)
		.selectFrom('callback_changes')
		.select('no')
		.orderBy('no', 'desc')
		.limit(1)
		.executeTakeFirst();
	return Number(row?.no ?? 0);
}

async function writeReader(unit: Unit, reader: string, { position }: Reader): Promise<void> {
	await tablesOf(unit)
		.insertInto('callback_readers')
		.values({ reader, position, base_url: null })
		.onConflict((c) => c.column('reader').doNothing())
		.execute();
}
