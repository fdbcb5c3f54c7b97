import { sql } from 'kysely';
import type { DeliveryRequest } from '../../delivery/delivery';
import { replayDeliveries, type ReplayResult } from '../../store/replay';
import { requestsById } from '../../store/requests';
import type { Unit } from '../../store/unit';
import { splitPayloads } from '../payload';

interface ExportRow {
	id: string;
	members: number;
}

/**
 * Replays as {@link replayDeliveries} does. Of exports it refuses besides, unless forced, those of which a
 * profile was exported anew, alone or in another request: the older one must not arrive after the newer.
 */
export async function replayExports(
	unit: Unit,
	ids: readonly string[],
	options: { force?: boolean; expiresAt: number },
): Promise<ReplayResult> {
	const outdated = options.force === true ? new Set<string>() : await outdatedOf(unit, ids);
	const current = ids.filter((id) => !outdated.has(id));
	const result = await replayDeliveries(unit, current, options);
	const reason = 'a newer export of one of its profiles was made';
	const refused = [...outdated].map((id) => ({ id, reason }));
	return { ...result, refused: [...result.refused, ...refused] };
}

/** A state names the last export of its profile, so one that is not named by all its members is an older one. */
async function outdatedOf(unit: Unit, ids: readonly string[]): Promise<Set<string>> {
	const { rows } = await sql<ExportRow>`select id, (select count(*) from profile_states s
			where s.delivery_id = deliveries.id) as members
		from deliveries where id in ${unit.dialect.list(ids)} and kind = 'profile'
		and order_key is not null and settled_at is not null`.execute(unit.db);
	const requests = await requestsById(
		unit,
		rows.map(({ id }) => id),
	);
	const outdated = rows.filter(({ id, members }) => {
		const { body = '' } = JSON.parse(requests.get(id) ?? '{}') as DeliveryRequest;
		return Number(members) < (splitPayloads(body)?.length ?? 1);
	});
	return new Set(outdated.map(({ id }) => id));
}
