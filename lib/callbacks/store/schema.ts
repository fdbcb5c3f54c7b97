import type { Generated, Kysely } from 'kysely';
import type { Unit } from '../../store/unit';

/** Timestamps of the API are ISO 8601 texts of one length, which sort as they are; others epoch milliseconds. */
export interface CallbacksTable {
	id: string;
	property_id: string;
	url: string;
	/** A JSON list, in the subscriber's order. */
	subscriptions: string;
	condition: string | null;
	created_at: string;
	updated_at: string;
	/** Sealed, see secretBox.ts. */
	secret: string | null;
	/** The secret before, which signs too until `previous_until`. */
	previous_secret: string | null;
	previous_until: number | null;
	/** When the first of the failures since the last success was. */
	failing_since: number | null;
	disabled_at: string | null;
	disabled_reason: string | null;
}

/** The subscriptions once more, so that those of an event are found by index. */
export interface CallbackSubscriptionsTable {
	subscription: string;
	property_id: string;
	callback_id: string;
}

/** What was deleted, so that its retries end; an id that is nowhere belongs to another service. */
export interface CallbackTombstonesTable {
	id: string;
	deleted_at: number;
}

export interface CallbackPropertiesTable {
	/** `*` holds the settings of properties that are not declared. */
	id: string;
	name: string;
	created_at: string;
	updated_at: string;
	disable_after_ms: number | null;
	disable_on_gone: number;
}

export interface AuditEventsTable {
	id: string;
	property_id: string | null;
	type_of: string;
	created_at: string;
	updated_at: string;
	document: string;
	stored_at: number;
}

export interface CallbackChangesTable {
	no: Generated<number>;
	at: number;
	change: string;
	callback_id: string;
	property_id: string;
	/** The audit event that tells of it, where one is wanted. */
	event_id: string;
	/** Who changed it: the name of a token. */
	author: string | null;
	/** The attributes as JSON. */
	callback: string;
}

/** How far each trigger has told of the changes. */
export interface CallbackReadersTable {
	reader: string;
	position: number;
	/** Where its API is served from. */
	base_url: string | null;
}

/** The tables of callbacks in the delivery store. */
export interface CallbackSchema {
	callbacks: CallbacksTable;
	callback_subscriptions: CallbackSubscriptionsTable;
	callback_tombstones: CallbackTombstonesTable;
	callback_properties: CallbackPropertiesTable;
	audit_events: AuditEventsTable;
	callback_changes: CallbackChangesTable;
	callback_readers: CallbackReadersTable;
}

/** The store's database as far as it is about callbacks. */
export const tablesOf = (unit: Unit) => unit.db as unknown as Kysely<CallbackSchema>;
