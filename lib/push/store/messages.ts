import { sql } from 'kysely';
import type { Unit } from '../../store/unit';

export interface MessageNote {
	id: string;
	configuration: string;
	name: string;
}

/** Notes that messages are sent now. */
export async function noteMessages(unit: Unit, messages: readonly MessageNote[]): Promise<void> {
	for (const { id, configuration, name } of new Map(
		messages.map((one) => [one.id, one]),
	).values()) {
		await sql`insert into push_messages (id, configuration, name, first_sent_at, last_sent_at)
			values (${id}, ${configuration}, ${name}, ${unit.now}, ${unit.now})
			on conflict (id) do update set configuration = excluded.configuration,
				name = excluded.name, last_sent_at = excluded.last_sent_at`.execute(unit.db);
	}
}
