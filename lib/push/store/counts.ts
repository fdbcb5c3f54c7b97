import { sql } from 'kysely';
import { inPortions, type SqlValue, type Unit } from '../../store/unit';
import type { Feedback } from '../feedback';

/** What is counted of a message. `targeted` is the sum of `waiting` to `errors`. */
export const COUNTS = [
	'targeted',
	'waiting',
	'sent',
	'bounced',
	'excluded',
	'errors',
	'delivered',
	'opened',
	'clicked',
	'dismissed',
] as const;
export type Count = (typeof COUNTS)[number];
export type Counts = Record<Count, number>;

export interface CountChange {
	/** When the notification was made: what happens later is counted with it. */
	at: number;
	messageId: string;
	appId: string;
	platform: string;
	counts: Partial<Counts>;
}

/** Counts stand by the hour. */
export const PERIOD_MS = 3_600_000;

const OF_STATUS: Readonly<Record<Feedback['status'], Count>> = {
	pending: 'waiting',
	delay: 'waiting',
	sent: 'sent',
	delivered: 'sent',
	bounce: 'bounced',
	exclude: 'excluded',
	denylist: 'excluded',
	duplicate: 'excluded',
	error: 'errors',
};

/** Where a notification of this status is counted. */
export const countOf = (status: Feedback['status']): Count => OF_STATUS[status];

const COLUMNS = {
	period: 'bigint',
	message_id: 'text',
	app_id: 'text',
	platform: 'text',
	targeted: 'bigint',
	waiting: 'bigint',
	sent: 'bigint',
	bounced: 'bigint',
	excluded: 'bigint',
	errors: 'bigint',
	delivered: 'bigint',
	opened: 'bigint',
	clicked: 'bigint',
	dismissed: 'bigint',
} as const;

type Row = Record<keyof typeof COLUMNS, SqlValue> & Counts;

const zero = (): Counts => ({
	targeted: 0,
	waiting: 0,
	sent: 0,
	bounced: 0,
	excluded: 0,
	errors: 0,
	delivered: 0,
	opened: 0,
	clicked: 0,
	dismissed: 0,
});

/** Adds to the counts, in the transaction of what is counted. */
export async function addCounts(unit: Unit, changes: readonly CountChange[]): Promise<void> {
	const rows = new Map<string, Row>();
	for (const { at, messageId, appId, platform, counts } of changes) {
		const period = at - (at % PERIOD_MS);
		const key = JSON.stringify([period, messageId, appId, platform]);
		const row: Row = rows.get(key) ?? {
			period,
			message_id: messageId,
			app_id: appId,
			platform,
			...zero(),
		};
		for (const count of COUNTS) row[count] += counts[count] ?? 0;
		rows.set(key, row);
	}
	const columns = sql.raw(Object.keys(COLUMNS).join(', '));
	const added = sql.raw(
		COUNTS.map((count) => `${count} = push_counts.${count} + excluded.${count}`).join(', '),
	);
	await inPortions(
		unit,
		// In one order for everyone: others count at the same time.
		[...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row),
		async (portion) =>
			await sql`insert into push_counts (${columns})
			select ${columns} from ${unit.dialect.rows(portion, COLUMNS)} as r where true
			on conflict (period, message_id, app_id, platform) do update set ${added}`.execute(unit.db),
	);
}
