import { sql } from 'kysely';
import type { Unit } from '../../store/unit';

/** A destination as the store knows it. */
export interface StoredDestination {
	id: string;
	name: string;
	/** What its sender has noted of its settings; JSON. */
	settings: string;
	/** How many of its profiles are known. */
	profiles: number;
}

interface Row {
	destination: string;
	name: string | null;
	settings: string | null;
	profiles: number;
}

/** Notes how a destination is set up. Writes only what is different. */
export async function describeDestination(
	unit: Unit,
	{ id, name, settings }: Pick<StoredDestination, 'id' | 'name' | 'settings'>,
): Promise<void> {
	const known = await findDestination(unit, id);
	if (known?.name === name && known.settings === settings) return;
	await sql`insert into profile_destinations (destination, name, settings)
		values (${id}, ${name}, ${settings})
		on conflict (destination) do update set name = excluded.name, settings = excluded.settings`.execute(
		unit.db,
	);
}

export async function findDestination(
	unit: Unit,
	id: string,
): Promise<StoredDestination | undefined> {
	const { rows } = await sql<Row>`select destination, name, settings, profiles
		from profile_destinations where destination = ${id} and settings is not null`.execute(unit.db);
	return rows.map(toDestination)[0];
}

/** All destinations that have exported, by their names. */
export async function listDestinations(unit: Unit): Promise<StoredDestination[]> {
	const { rows } = await sql<Row>`select destination, name, settings, profiles
		from profile_destinations where settings is not null order by name, destination`.execute(unit.db);
	return rows.map(toDestination);
}

const toDestination = (row: Row): StoredDestination => ({
	id: row.destination,
	name: row.name ?? '',
	settings: row.settings ?? '',
	profiles: Number(row.profiles),
});
