import { sql, type RawBuilder } from 'kysely';
import type { Delivery } from '../../delivery/delivery';
import type { DeliveryStore } from '../../store/deliveryStore';
import { inPortions, type Unit } from '../../store/unit';
import { feedbackOf, type DeliveryFacts } from '../deliveryFeedback';
import type { Feedback } from '../feedback';
import { changeFeedback, type FeedbackChange, type StoredFeedback } from './feedback';

interface FollowedRow {
	delivery_id: string;
	message_id: string;
	app_id: string;
	platform: string;
	device_id: string | null;
	profile_key: string | null;
	namespace: string | null;
	identity: string | null;
	feedback_status: Feedback['status'];
	created_at: number;
	status: DeliveryFacts['status'] | null;
	attempt: number | null;
	reason: string | null;
	error: string | null;
	response: string | null;
	last_attempt_at: number | null;
	first_attempt_at: number | null;
}

const FIELDS = sql.raw(
	[
		'f.delivery_id, f.message_id, f.app_id, f.platform, f.status as feedback_status, f.created_at',
		'f.device_id, f.profile_key, f.namespace, f.identity',
		'd.status, d.attempt, d.reason, d.error, d.response, d.last_attempt_at',
		'a.started_at as first_attempt_at',
	].join(', '),
);
const DELIVERY = sql`left join deliveries d on d.id = f.delivery_id
	left join attempts a on a.delivery_no = d.no and a.number = 1`;

/** A notification of which the store knows, and how it fares. */
export interface Followed {
	messageId: string;
	appId: string;
	platform: string;
	deviceId?: string;
	profileKey?: string;
	identity?: { namespace: string; id: string };
	feedback: Feedback;
}

/** Rows of one transaction. */
const CHUNK = 500;

/**
 * Brings the feedback of these deliveries up to what the store knows of them. Deliveries are what counts:
 * whatever was cut off in between, a later call finds it.
 * @returns what is known of them now, by their ids; nothing of those that were made without the store
 */
export async function followDeliveries(
	store: DeliveryStore,
	ids: readonly string[],
): Promise<Map<string, Followed>> {
	const followed = new Map<string, Followed>();
	for (let at = 0; at < ids.length; at += CHUNK) {
		const wanted = ids.slice(at, at + CHUNK).map((id) => ({ id }));
		await store.write(async (unit) => {
			const rows = await inPortions(
				unit,
				wanted,
				async (portion) =>
					await sql<FollowedRow>`select ${FIELDS}
					from ${unit.dialect.rows(portion, { id: 'text' })} as r
					join push_feedback f on f.delivery_id = r.id ${DELIVERY}
					order by f.delivery_id ${unit.dialect.holding('wait', 'f')}`.execute(unit.db),
			);
			for (const [id, one] of await follow(unit, rows)) followed.set(id, one);
		});
	}
	return followed;
}

/** {@link followDeliveries} for all of which the end is not known yet. */
export async function followOpen(store: DeliveryStore): Promise<void> {
	for (let after: string | undefined = ''; after !== undefined; ) {
		const from: string = after;
		after = await store.write(async (unit) => {
			const { rows } = await openRows(unit, sql`${from}`);
			await follow(unit, rows);
			return rows.length < CHUNK ? undefined : rows[rows.length - 1].delivery_id;
		});
	}
}

async function openRows(unit: Unit, after: RawBuilder<unknown>) {
	return await sql<FollowedRow>`select ${FIELDS} from push_feedback f ${DELIVERY}
		where f.status in ('pending', 'delay') and f.delivery_id > ${after}
		order by f.delivery_id limit ${CHUNK} ${unit.dialect.holding('wait', 'f')}`.execute(unit.db);
}

async function follow(unit: Unit, rows: readonly FollowedRow[]): Promise<[id: string, Followed][]> {
	const changes: FeedbackChange[] = [];
	const followed = rows.flatMap((row): [string, Followed][] => {
		const feedback = row.status === null ? lost(row) : feedbackOf(factsOf(row));
		if (!feedback) return [];
		const isStill = feedback.status === 'pending' && row.feedback_status === 'pending';
		if (!isStill) changes.push({ known: knownOf(row), feedback });
		return [[row.delivery_id, { ...whoseOf(row), feedback }]];
	});
	if (changes.length > 0) await changeFeedback(unit, changes);
	return followed;
}

function whoseOf(row: FollowedRow): Omit<Followed, 'feedback'> {
	const { namespace, identity } = row;
	return {
		messageId: row.message_id,
		appId: row.app_id,
		platform: row.platform,
		...(row.device_id === null ? {} : { deviceId: row.device_id }),
		...(row.profile_key === null ? {} : { profileKey: row.profile_key }),
		...(namespace === null || identity === null ? {} : { identity: { namespace, id: identity } }),
	};
}

/** Its delivery is gone: what was known then stays, and what was open stays unknown. */
function lost({ feedback_status: status }: FollowedRow): Feedback | undefined {
	if (status !== 'pending' && status !== 'delay') return undefined;
	return { status: 'error', reason: 'its delivery is no longer stored', retryCount: 0 };
}

function factsOf(row: FollowedRow): DeliveryFacts {
	return {
		status: row.status as DeliveryFacts['status'],
		attempt: Number(row.attempt ?? 0),
		...(row.reason === null ? {} : { reason: row.reason }),
		...(row.error === null ? {} : { error: JSON.parse(row.error) as Delivery['error'] }),
		...(row.response === null
			? {}
			: { response: JSON.parse(row.response) as Delivery['response'] }),
		...(row.first_attempt_at === null ? {} : { firstAttemptAt: Number(row.first_attempt_at) }),
		...(row.last_attempt_at === null ? {} : { lastAttemptAt: Number(row.last_attempt_at) }),
	};
}

function knownOf(row: FollowedRow): StoredFeedback {
	return {
		deliveryId: row.delivery_id,
		messageId: row.message_id,
		appId: row.app_id,
		platform: row.platform,
		status: row.feedback_status,
		createdAt: Number(row.created_at),
	};
}
