import { sql } from 'kysely';
import { inPortions, type SqlValue, type Unit } from '../../store/unit';
import type { Feedback } from '../feedback';
import { addCounts, countOf, type CountChange } from './counts';

/** A notification that was made or kept back, to be followed. */
export interface NewFeedback {
	deliveryId: string;
	messageId: string;
	appId: string;
	/** Empty where there is no device. */
	platform: string;
	deviceId?: string;
	profileKey?: string;
	identity?: { namespace: string; id: string };
	feedback: Feedback;
}

const COLUMNS = {
	delivery_id: 'text',
	message_id: 'text',
	app_id: 'text',
	platform: 'text',
	device_id: 'text',
	profile_key: 'text',
	namespace: 'text',
	identity: 'text',
	status: 'text',
	code: 'text',
	reason: 'text',
	provider_message_id: 'text',
} as const;

/** Stores how notifications fare from now on, and counts them. */
export async function insertFeedback(unit: Unit, rows: readonly NewFeedback[]): Promise<void> {
	if (rows.length === 0) return;
	const columns = sql.raw(Object.keys(COLUMNS).join(', '));
	const values = rows.map(
		(row): Record<keyof typeof COLUMNS, SqlValue> => ({
			delivery_id: row.deliveryId,
			message_id: row.messageId,
			app_id: row.appId,
			platform: row.platform,
			device_id: row.deviceId ?? null,
			profile_key: row.profileKey ?? null,
			namespace: row.identity?.namespace ?? null,
			identity: row.identity?.id ?? null,
			status: row.feedback.status,
			code: row.feedback.code ?? null,
			reason: row.feedback.reason ?? null,
			provider_message_id: row.feedback.providerMessageId ?? null,
		}),
	);
	const stored = await inPortions(
		unit,
		values,
		async (portion) =>
			await sql<{ delivery_id: string }>`insert into push_feedback (${columns}, created_at)
			select ${columns}, ${unit.now} from ${unit.dialect.rows(portion, COLUMNS)} as r where true
			on conflict (delivery_id) do nothing returning delivery_id`.execute(unit.db),
	);
	const fresh = new Set(stored.map((row) => row.delivery_id));
	const changes = rows
		.filter(({ deliveryId }) => fresh.has(deliveryId))
		.map(
			({ messageId, appId, platform, feedback }): CountChange => ({
				at: unit.now,
				messageId,
				appId,
				platform,
				counts: { targeted: 1, [countOf(feedback.status)]: 1 },
			}),
		);
	await addCounts(unit, changes);
}

/** A notification's feedback as it is stored. */
export interface StoredFeedback {
	deliveryId: string;
	messageId: string;
	appId: string;
	platform: string;
	status: Feedback['status'];
	createdAt: number;
}

/** How a stored notification fares now. */
export interface FeedbackChange {
	known: StoredFeedback;
	feedback: Feedback;
}

const CHANGED = {
	delivery_id: 'text',
	status: 'text',
	code: 'text',
	reason: 'text',
	failure_type: 'text',
	retry_count: 'bigint',
	first_attempt_at: 'bigint',
	requested_at: 'bigint',
	response_code: 'bigint',
	response_ms: 'bigint',
	provider_message_id: 'text',
} as const;

/** Writes how notifications fare now; their counts follow in the same transaction. */
export async function changeFeedback(
	unit: Unit,
	changes: readonly FeedbackChange[],
): Promise<void> {
	const rows = changes.map(
		({ known, feedback }): Record<keyof typeof CHANGED, SqlValue> => ({
			delivery_id: known.deliveryId,
			status: feedback.status,
			code: feedback.code ?? null,
			reason: feedback.reason ?? null,
			failure_type: feedback.failureType ?? null,
			retry_count: feedback.retryCount,
			first_attempt_at: feedback.firstAttemptAt ?? null,
			requested_at: feedback.requestedAt ?? null,
			response_code: feedback.responseCode ?? null,
			response_ms: feedback.responseMs ?? null,
			provider_message_id: feedback.providerMessageId ?? null,
		}),
	);
	const keep = (column: string) =>
		sql.raw(`${column} = coalesce(r.${column}, push_feedback.${column})`);
	await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql`update push_feedback set status = r.status, code = r.code, reason = r.reason,
				failure_type = r.failure_type, retry_count = r.retry_count, ${keep('first_attempt_at')},
				${keep('requested_at')}, response_code = r.response_code, response_ms = r.response_ms,
				${keep('provider_message_id')}
			from ${unit.dialect.rows(portion, CHANGED)} as r
			where push_feedback.delivery_id = r.delivery_id`.execute(unit.db),
	);
	await addCounts(
		unit,
		changes.flatMap(({ known, feedback }): CountChange[] => {
			const [before, after] = [countOf(known.status), countOf(feedback.status)];
			if (before === after) return [];
			const { createdAt: at, messageId, appId, platform } = known;
			return [{ at, messageId, appId, platform, counts: { [before]: -1, [after]: 1 } }];
		}),
	);
}
