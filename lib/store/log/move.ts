import { sql } from 'kysely';
import type { DeliveryStore } from '../deliveryStore';
import { distinctLanes, refreshLanes, type LaneKey } from '../lanes';
import { ALONE, NO_ENDPOINT, queueConsumer, REPORT } from '../lines';
import { holdOrder, orderKeysOf, settleOrder } from '../order';
import type { Unit } from '../unit';
import { inParts, type PartsOptions } from './parts';

export interface MoveOptions extends PartsOptions {
	to: string;
	/** Only what no sender has had yet and so has no queue: it waits for the trigger that took it in. */
	unsent?: boolean;
}

export interface MoveResult {
	/** Waiting ones. */
	moved: number;
	/** Dead letters: a replay puts them into their new queue. */
	deadLetters: number;
	underWay: number;
	stopped: boolean;
}

interface MovingRow {
	no: number;
	line: string | null;
	consumer: string;
	endpoint: string;
	order_key: string | null;
	settled_at: number | null;
}

/**
 * Moves waiting deliveries and dead letters into another queue, such as when a workflow was imported anew.
 * Due times, attempts and the order of each subject stay. Who claims from that queue has to be woken.
 */
export async function moveFitting(store: DeliveryStore, options: MoveOptions): Promise<MoveResult> {
	const result = { moved: 0, deadLetters: 0, underWay: 0 };
	const filter = {
		...options.filter,
		states: options.filter.states ?? (['pending', 'retrying', 'dead'] as const),
		tests: false,
	};
	const { stopped } = await inParts(
		store,
		{ ...options, filter },
		async (unit, numbers) => {
			const { rows, underWay } = await moving(unit, numbers, options);
			await move(unit, rows, options.to);
			return { rows, underWay };
		},
		({ rows, underWay }) => {
			const waiting = rows.filter(({ settled_at }) => settled_at === null).length;
			result.moved += waiting;
			result.deadLetters += rows.length - waiting;
			result.underWay += underWay;
		},
	);
	return { ...result, stopped };
}

/** What is to be moved and nobody has, held until it is; and how many others have. */
async function moving(
	unit: Unit,
	numbers: readonly number[],
	{ to, unsent = false }: MoveOptions,
): Promise<{ rows: MovingRow[]; underWay: number }> {
	const has = unsent ? sql`queue is null and endpoint <> ${NO_ENDPOINT}` : sql`queue <> ${to}`;
	const chosen = sql`from deliveries where no in ${unit.dialect.list(numbers)} and ${has}
		and (settled_at is null or status = 'dead')`;
	const all = await sql<{ order_key: string | null }>`select order_key ${chosen}`.execute(unit.db);
	// The keys come before the rows, as for everyone.
	await holdOrder(unit, orderKeysOf(all.rows));
	const { rows } = await sql<MovingRow>`select no, line, consumer, endpoint, order_key, settled_at
		${chosen} and lease is null ${unit.dialect.holding('pass')}`.execute(unit.db);
	return { rows, underWay: Math.max(0, all.rows.length - rows.length) };
}

async function move(unit: Unit, rows: readonly MovingRow[], to: string): Promise<void> {
	if (rows.length === 0) return;
	const consumer = queueConsumer(to);
	const { rows: moved } = await sql<{ line: string | null; endpoint: string }>`update deliveries
		set queue = ${to}, consumer = ${consumer}, line = case
			when line is null then null
			when line = consumer || ${ALONE} then ${consumer + ALONE}
			when line = consumer || ${REPORT} then ${consumer + REPORT}
			else ${consumer} end
		where no in ${unit.dialect.list(rows.map(({ no }) => no))}
		returning line, endpoint`.execute(unit.db);
	const hasLine = (row: { line: string | null; endpoint: string }): row is LaneKey =>
		row.line !== null;
	await refreshLanes(unit, distinctLanes([...rows, ...moved].filter(hasLine)));
	await settleOrder(unit, orderKeysOf(rows));
}
