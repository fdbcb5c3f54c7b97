import { sql } from 'kysely';
import { inPortions, type SqlValue, type Unit } from '../../store/unit';
import { DISMISS, type Interaction } from '../interactions';
import { addCounts, type CountChange, type Counts } from './counts';

/** What an interaction was found to be about. */
export interface TrackedInteraction {
	interaction: Interaction;
	/** It was tracked before, and is not counted again. */
	isKnown: boolean;
	/** The notification is one of ours. */
	deliveryId?: string;
	messageId?: string;
	appId?: string;
	platform?: string;
	profileKey?: string;
}

interface FoundRow {
	id: string;
	delivery_id: string;
	message_id: string;
	app_id: string;
	platform: string;
	profile_key: string | null;
	delivered_at: number | null;
	opened_at: number | null;
	created_at: number;
}

const FOUND = sql.raw(
	[
		'r.id, f.delivery_id, f.message_id, f.app_id, f.platform, f.profile_key',
		'f.delivered_at, f.opened_at, f.created_at',
	].join(', '),
);

/**
 * Stores interactions and counts them with the notifications that they are about: first by the id in the
 * tracking data, then by what the provider calls the notification. One that comes twice counts once.
 */
export async function trackInteractions(
	unit: Unit,
	interactions: readonly Interaction[],
): Promise<TrackedInteraction[]> {
	const unique = [...new Map(interactions.map((one) => [one.id, one])).values()];
	const found = await findNotifications(unit, unique);
	const fresh = await insert(unit, unique, found);
	await count(
		unit,
		unique.filter(({ id }) => fresh.has(id)),
		found,
	);
	const seen = new Set<string>();
	return interactions.map((interaction) => {
		const row = found.get(interaction.id);
		const isKnown = !fresh.has(interaction.id) || seen.has(interaction.id);
		seen.add(interaction.id);
		const messageId = row?.message_id ?? interaction.messageId;
		return {
			interaction,
			isKnown,
			...(messageId === undefined ? {} : { messageId }),
			...(row ? { deliveryId: row.delivery_id, appId: row.app_id, platform: row.platform } : {}),
			...(row?.profile_key ? { profileKey: row.profile_key } : {}),
		};
	});
}

async function findNotifications(
	unit: Unit,
	interactions: readonly Interaction[],
): Promise<Map<string, FoundRow>> {
	const wanted = interactions.flatMap(({ id, executionId }) =>
		executionId === undefined ? [] : [{ id, name: executionId }],
	);
	const byExecution = await inPortions(
		unit,
		wanted,
		async (portion) =>
			await sql<FoundRow>`select ${FOUND}
			from ${unit.dialect.rows(portion, { id: 'text', name: 'text' })} as r
			join push_feedback f on f.delivery_id = r.name
			order by f.delivery_id ${unit.dialect.holding('wait', 'f')}`.execute(unit.db),
	);
	const found = new Map(byExecution.map((row) => [row.id, row]));
	const others = interactions
		.filter(({ id }) => !found.has(id))
		// APNs' ids are UUIDs, which devices write in capitals.
		.map(({ id, providerMessageId: name }) => ({ id, name: lowerUuid(name) }));
	const byProvider = await inPortions(
		unit,
		others,
		async (portion) =>
			await sql<FoundRow>`select ${FOUND}
			from ${unit.dialect.rows(portion, { id: 'text', name: 'text' })} as r
			join push_feedback f on f.provider_message_id = r.name
			order by f.delivery_id ${unit.dialect.holding('wait', 'f')}`.execute(unit.db),
	);
	for (const row of byProvider) found.set(row.id, row);
	return found;
}

const lowerUuid = (name: string) =>
	/^[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$/i.test(name) ? name.toLowerCase() : name;

const COLUMNS = {
	id: 'text',
	event_type: 'text',
	at: 'bigint',
	message_id: 'text',
	delivery_id: 'text',
	profile_key: 'text',
	event: 'text',
} as const;

async function insert(
	unit: Unit,
	interactions: readonly Interaction[],
	found: ReadonlyMap<string, FoundRow>,
): Promise<Set<string>> {
	const columns = sql.raw(Object.keys(COLUMNS).join(', '));
	const rows = interactions.map((one): Record<keyof typeof COLUMNS, SqlValue> => {
		const row = found.get(one.id);
		return {
			id: one.id,
			event_type: one.type,
			at: one.at ?? unit.now,
			message_id: row?.message_id ?? one.messageId ?? null,
			delivery_id: row?.delivery_id ?? null,
			profile_key: row?.profile_key ?? null,
			event: JSON.stringify(one.event),
		};
	});
	const stored = await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql<{ id: string }>`insert into push_interactions (${columns}, stored_at)
			select ${columns}, ${unit.now} from ${unit.dialect.rows(portion, COLUMNS)} as r where true
			on conflict (id) do nothing returning id`.execute(unit.db),
	);
	return new Set(stored.map(({ id }) => id));
}

const SEEN = { delivery_id: 'text', delivered_at: 'bigint', opened_at: 'bigint' } as const;

async function count(
	unit: Unit,
	interactions: readonly Interaction[],
	found: ReadonlyMap<string, FoundRow>,
): Promise<void> {
	const states = new Map<string, { deliveredAt: number | null; openedAt: number | null }>();
	const changes: CountChange[] = [];
	for (const one of interactions) {
		const row = found.get(one.id);
		if (!row) continue;
		const state = states.get(row.delivery_id) ?? {
			deliveredAt: row.delivered_at,
			openedAt: row.opened_at,
		};
		states.set(row.delivery_id, state);
		const counts = countsOf(one, state, one.at ?? unit.now);
		const { message_id: messageId, app_id: appId, platform } = row;
		changes.push({ at: Number(row.created_at), messageId, appId, platform, counts });
	}
	const rows = [...states].map(([deliveryId, { deliveredAt, openedAt }]) => ({
		delivery_id: deliveryId,
		delivered_at: deliveredAt,
		opened_at: openedAt,
	}));
	await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql`update push_feedback set delivered_at = r.delivered_at, opened_at = r.opened_at
			from ${unit.dialect.rows(portion, SEEN)} as r
			where push_feedback.delivery_id = r.delivery_id`.execute(unit.db),
	);
	await addCounts(unit, changes);
}

/** A notification counts as opened once, and as delivered once: who interacts with it has it. */
function countsOf(
	{ type, actionId, launched }: Interaction,
	state: { deliveredAt: number | null; openedAt: number | null },
	at: number,
): Partial<Counts> {
	const counts: Partial<Counts> = {};
	if (state.deliveredAt === null) {
		state.deliveredAt = at;
		counts.delivered = 1;
	}
	if (type === 'pushTracking.receive') return counts;
	if (actionId === DISMISS) return { ...counts, dismissed: 1 };
	if (type === 'pushTracking.customAction') counts.clicked = 1;
	if (launched && state.openedAt === null) {
		state.openedAt = at;
		counts.opened = 1;
	}
	return counts;
}
