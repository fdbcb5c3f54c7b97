import { sql } from 'kysely';
import { inPortions, type Unit } from '../../store/unit';
import type { ListQuery } from '../listQuery';
import { subscriptionsFor } from '../subscriptions';
import { listPage, type Page } from './listing';
import { tablesOf, type CallbacksTable } from './schema';

/** A callback as the store knows it. Secrets are sealed. */
export interface CallbackRecord {
	id: string;
	propertyId: string;
	url: string;
	subscriptions: string[];
	condition?: string;
	/** ISO 8601. */
	createdAt: string;
	updatedAt: string;
	secret?: string;
	previousSecret?: string;
	/** Epoch milliseconds. */
	previousUntil?: number;
	failingSince?: number;
	/** ISO 8601. */
	disabledAt?: string;
	disabledReason?: string;
}

/** What can be changed of a callback; null removes. */
export interface CallbackPatch {
	url?: string;
	subscriptions?: string[];
	condition?: string | null;
	secret?: string | null;
	previousSecret?: string | null;
	previousUntil?: number | null;
	failingSince?: number | null;
	disabledAt?: string | null;
	disabledReason?: string | null;
}

/** Stores a new callback. */
export async function insertCallback(unit: Unit, record: CallbackRecord): Promise<void> {
	await tablesOf(unit)
		.insertInto('callbacks')
		.values({
			id: record.id,
			property_id: record.propertyId,
			url: record.url,
			subscriptions: JSON.stringify(record.subscriptions),
			condition: record.condition ?? null,
			created_at: record.createdAt,
			updated_at: record.updatedAt,
			secret: record.secret ?? null,
			previous_secret: null,
			previous_until: null,
			failing_since: null,
			disabled_at: null,
			disabled_reason: null,
		})
		.execute();
	await insertSubscriptions(unit, record);
}

/**
 * Changes a callback and only what the patch names. The row comes first, so that of two at once the second
 * waits for the first, whichever they change. Gives it as it is now; undefined when it is gone.
 */
export async function updateCallback(
	unit: Unit,
	id: string,
	patch: CallbackPatch,
	{ touch = true }: { touch?: boolean } = {},
): Promise<CallbackRecord | undefined> {
	const { subscriptions } = patch;
	const columns: Partial<CallbacksTable> = {
		...(patch.url === undefined ? {} : { url: patch.url }),
		...(subscriptions === undefined ? {} : { subscriptions: JSON.stringify(subscriptions) }),
		...(patch.condition === undefined ? {} : { condition: patch.condition }),
		...(patch.secret === undefined ? {} : { secret: patch.secret }),
		...(patch.previousSecret === undefined ? {} : { previous_secret: patch.previousSecret }),
		...(patch.previousUntil === undefined ? {} : { previous_until: patch.previousUntil }),
		...(patch.failingSince === undefined ? {} : { failing_since: patch.failingSince }),
		...(patch.disabledAt === undefined ? {} : { disabled_at: patch.disabledAt }),
		...(patch.disabledReason === undefined ? {} : { disabled_reason: patch.disabledReason }),
		...(touch ? { updated_at: new Date(unit.now).toISOString() } : {}),
	};
	const row = await tablesOf(unit)
		.updateTable('callbacks')
		.set(columns)
		.where('id', '=', id)
		.returningAll()
		.executeTakeFirst();
	if (!row) return undefined;
	const record = recordOf(row);
	if (subscriptions !== undefined || patch.disabledAt !== undefined) {
		await deleteSubscriptions(unit, id);
		// A disabled one is not in the index, so that nobody has to look past it.
		if (record.disabledAt === undefined) await insertSubscriptions(unit, record);
	}
	return record;
}

/** Removes a callback and notes that it was there. Gives what was removed, if anything. */
export async function deleteCallback(unit: Unit, id: string): Promise<CallbackRecord | undefined> {
	const row = await tablesOf(unit)
		.deleteFrom('callbacks')
		.where('id', '=', id)
		.returningAll()
		.executeTakeFirst();
	if (!row) return undefined;
	await deleteSubscriptions(unit, id);
	await tablesOf(unit)
		.insertInto('callback_tombstones')
		.values({ id, deleted_at: unit.now })
		.onConflict((c) => c.column('id').doUpdateSet({ deleted_at: unit.now }))
		.execute();
	return recordOf(row);
}

/**
 * One callback; undefined when there is none.
 * @param toChange it is changed next: whoever else wants to change it waits
 */
export async function findCallback(
	unit: Unit,
	id: string,
	toChange = false,
): Promise<CallbackRecord | undefined> {
	const row = await tablesOf(unit)
		.selectFrom('callbacks')
		.selectAll()
		.where('id', '=', id)
		.$if(toChange && unit.shared !== undefined, (query) => query.forUpdate())
		.executeTakeFirst();
	return row && recordOf(row);
}

/** A page of the callbacks of a property. */
export async function listCallbacks(
	unit: Unit,
	propertyId: string,
	query: Pick<ListQuery, 'filters' | 'sort' | 'page'>,
): Promise<Page<CallbackRecord>> {
	const ofProperty = [sql`property_id = ${propertyId}`];
	const page = await listPage<CallbacksTable>(unit, 'callbacks', ofProperty, query);
	return { rows: page.rows.map(recordOf), total: page.total };
}

/** Which callbacks an event is for. */
export interface MatchOptions {
	eventType: string;
	/** undefined: those of every property. */
	propertyId?: string;
	/** The id up to which they were given before. */
	after?: string;
	limit: number;
}

/**
 * Callbacks whose subscriptions hold an event type, by their ids; those that are disabled are left out.
 * Found by index: it costs what matches, not what is defined.
 */
export async function matchingCallbacks(
	unit: Unit,
	{ eventType, propertyId, after = '', limit }: MatchOptions,
): Promise<CallbackRecord[]> {
	const ofProperty = propertyId === undefined ? sql`1 = 1` : sql`s.property_id = ${propertyId}`;
	// Each subscription apart, since only so the index gives the rows in their order.
	const parts = subscriptionsFor(eventType).map(
		(subscription) => sql`select * from (select callback_id from callback_subscriptions s
			where s.subscription = ${subscription} and ${ofProperty} and s.callback_id > ${after}
			order by s.callback_id limit ${limit}) as part`,
	);
	const { rows } = await sql<CallbacksTable>`select c.* from callbacks c
		join (${sql.join(parts, sql` union `)} order by callback_id limit ${limit}) as m
		on m.callback_id = c.id order by c.id`.execute(unit.db);
	return rows.map(recordOf);
}

const SUBSCRIPTION_COLUMNS = {
	subscription: 'text',
	property_id: 'text',
	callback_id: 'text',
} as const;

async function insertSubscriptions(unit: Unit, record: CallbackRecord): Promise<void> {
	const rows = record.subscriptions.map((subscription) => ({
		subscription,
		property_id: record.propertyId,
		callback_id: record.id,
	}));
	await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql`insert into callback_subscriptions (subscription, property_id, callback_id)
		select subscription, property_id, callback_id
		from ${unit.dialect.rows(portion, SUBSCRIPTION_COLUMNS)} as r where true
		on conflict (subscription, property_id, callback_id) do nothing`.execute(unit.db),
	);
}

async function deleteSubscriptions(unit: Unit, id: string): Promise<void> {
	await tablesOf(unit).deleteFrom('callback_subscriptions').where('callback_id', '=', id).execute();
}

/** A row of the table, as it is used. */
export function recordOf(row: CallbacksTable): CallbackRecord {
	return {
		id: row.id,
		propertyId: row.property_id,
		url: row.url,
		subscriptions: JSON.parse(row.subscriptions) as string[],
		createdAt: row.created_at,
		updatedAt: row.updated_at,
		...given('condition', row.condition),
		...given('secret', row.secret),
		...given('previousSecret', row.previous_secret),
		...given('previousUntil', numberOf(row.previous_until)),
		...given('failingSince', numberOf(row.failing_since)),
		...given('disabledAt', row.disabled_at),
		...given('disabledReason', row.disabled_reason),
	};
}

const given = <K extends string, V>(key: K, value: V | null) =>
	(value === null ? {} : { [key]: value }) as Partial<Record<K, V>>;

/** PostgreSQL gives large integers as texts. */
const numberOf = (value: number | null) => (value === null ? null : Number(value));
