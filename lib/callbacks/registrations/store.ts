import type { Unit } from '../../store/unit';

/** Times are epoch milliseconds. */
interface RegistrationsTable {
	scope: string;
	url: string;
	service: string | null;
	property_id: string | null;
	callback_id: string | null;
	secret: string | null;
	updated_at: number;
}

const tablesOf = (unit: Unit) =>
	unit.db.withTables<{ callback_registrations: RegistrationsTable }>();

/** What a trigger has registered. */
export interface Registration {
	/** Where it takes events. */
	url: string;
	/** Where it is registered; undefined: nowhere yet. */
	at?: RegisteredAt;
	/** With which messages are signed; sealed. */
	secret?: string;
}

export interface RegisteredAt {
	/** The base URL of the service. */
	service: string;
	propertyId: string;
	callbackId: string;
}

/** A trigger's registration; undefined when it never had a URL. */
export async function findRegistration(
	unit: Unit,
	scope: string,
): Promise<Registration | undefined> {
	const row = await tablesOf(unit)
		.selectFrom('callback_registrations')
		.selectAll()
		.where('scope', '=', scope)
		.executeTakeFirst();
	if (!row) return undefined;
	const { url, service, property_id: propertyId, callback_id: callbackId, secret } = row;
	const known = service !== null && propertyId !== null && callbackId !== null;
	return {
		url,
		...(known ? { at: { service, propertyId, callbackId } } : {}),
		...(secret === null ? {} : { secret }),
	};
}

/** Notes where a trigger takes events; what else is known of it stays. */
export async function noteUrl(unit: Unit, scope: string, url: string): Promise<void> {
	await tablesOf(unit)
		.insertInto('callback_registrations')
		.values({
			scope,
			url,
			service: null,
			property_id: null,
			callback_id: null,
			secret: null,
			updated_at: unit.now,
		})
		.onConflict((c) => c.column('scope').doUpdateSet({ url, updated_at: unit.now }))
		.execute();
}

/** Notes where a trigger is registered, or, with undefined, that it is nowhere. */
export async function noteRegistered(
	unit: Unit,
	scope: string,
	at: RegisteredAt | undefined,
	secret: string | undefined,
): Promise<void> {
	await tablesOf(unit)
		.updateTable('callback_registrations')
		.set({
			service: at?.service ?? null,
			property_id: at?.propertyId ?? null,
			callback_id: at?.callbackId ?? null,
			secret: secret ?? null,
			updated_at: unit.now,
		})
		.where('scope', '=', scope)
		.execute();
}

/** Forgets a trigger that takes no events any more. */
export async function forgetRegistration(unit: Unit, scope: string): Promise<void> {
	await tablesOf(unit).deleteFrom('callback_registrations').where('scope', '=', scope).execute();
}
