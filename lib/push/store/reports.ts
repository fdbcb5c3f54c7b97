import { sql } from 'kysely';
import type { Unit } from '../../store/unit';
import { COUNTS, PERIOD_MS, type Counts } from './counts';

/** What a report is asked for. Times in epoch milliseconds. */
export interface ReportQuery {
	from: number;
	to: number;
	messageId?: string;
	/** Counts are by the hour and given by it, by the day (UTC), or in one sum. */
	by: 'hour' | 'day' | 'whole';
}

/** One line of a report: a message, an app, a platform, a period. */
export interface ReportLine extends Counts {
	messageId: string;
	messageName?: string;
	appId: string;
	platform: string;
	/** The beginning of the period; of a whole report its first hour. */
	period: number;
}

interface CountRow extends Counts {
	message_id: string;
	name: string | null;
	app_id: string;
	platform: string;
	period: number;
}

const DAY_MS = 24 * PERIOD_MS;

/** Sums up the counts of messages by app, platform and period. */
export async function reportOf(unit: Unit, query: ReportQuery): Promise<ReportLine[]> {
	const { from, to, messageId, by } = query;
	const sums = sql.raw(COUNTS.map((count) => `sum(c.${count}) as ${count}`).join(', '));
	const of = messageId === undefined ? sql`` : sql`and c.message_id = ${messageId}`;
	const { rows } = await sql<CountRow>`select c.message_id, m.name, c.app_id, c.platform,
			${periodOf(by)} as period, ${sums}
		from push_counts c left join push_messages m on m.id = c.message_id
		where c.period >= ${from - (from % PERIOD_MS)} and c.period < ${to} ${of}
		group by c.message_id, m.name, c.app_id, c.platform
			${by === 'whole' ? sql`` : sql`, ${periodOf(by)}`}
		order by period, c.message_id, c.app_id, c.platform`.execute(unit.db);
	return rows.map(({ message_id: id, name, app_id: appId, platform, period, ...counts }) => ({
		messageId: id,
		...(name === null ? {} : { messageName: name }),
		appId,
		platform,
		period: Number(period),
		...(Object.fromEntries(COUNTS.map((count) => [count, Number(counts[count])])) as Counts),
	}));
}

function periodOf(by: ReportQuery['by']) {
	if (by === 'hour') return sql`c.period`;
	return by === 'day' ? sql`c.period - c.period % ${sql.lit(DAY_MS)}` : sql`min(c.period)`;
}
