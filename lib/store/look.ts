import type { Delivery } from '../delivery/delivery';
import { queueConsumer } from './lines';
import { withRequests } from './requests';
import type { DeliveryRow } from './rows';
import type { Unit } from './unit';

/** What waits in a queue, the next due first. Leases nothing. Looks at no more than it shows, whatever waits. */
export async function waitingDeliveries(
	unit: Unit,
	queue: string,
	limit: number,
): Promise<Delivery[]> {
	const { db } = unit;
	const line = queueConsumer(queue);
	const lanes = await db
		.selectFrom('lanes')
		.select('endpoint')
		.where('line', '=', line)
		.where('next_due_at', 'is not', null)
		.orderBy('next_due_at')
		.limit(limit)
		.execute();
	const rows: DeliveryRow[] = [];
	for (const { endpoint } of lanes) {
		const first = db
			.selectFrom('deliveries')
			.selectAll()
			.where('line', '=', line)
			.where('endpoint', '=', endpoint)
			.orderBy('due_at')
			.limit(limit);
		rows.push(...(await first.execute()));
	}
	const first = rows
		.sort((a, b) => Number(a.due_at) - Number(b.due_at) || a.no - b.no)
		.slice(0, limit);
	return (await withRequests(unit, first)).map(({ delivery }) => delivery);
}

/** One delivery with all its attempts; undefined when it is not stored. */
export async function findDelivery(unit: Unit, id: string) {
	const row = await unit.db
		.selectFrom('deliveries')
		.selectAll()
		.where('id', '=', id)
		.executeTakeFirst();
	if (!row) return undefined;
	const [stored] = await withRequests(unit, [row]);
	const attempts = await unit.db
		.selectFrom('attempts')
		.selectAll()
		.where('delivery_no', '=', row.no)
		.orderBy('number')
		.execute();
	return {
		...stored,
		stored: row.status,
		settledAt: row.settled_at,
		attempts: attempts.length === 0 ? onlyAttempt(row) : attempts,
	};
}

/** A delivery that arrived at its first attempt has no row for it: its own tells all. */
function onlyAttempt(row: DeliveryRow) {
	if (row.status !== 'delivered' || row.last_attempt_at === null) return [];
	const response = JSON.parse(row.response ?? '{}') as { statusCode?: number; durationMs?: number };
	return [
		{
			delivery_no: row.no,
			number: row.attempt,
			started_at: row.last_attempt_at,
			duration_ms: response.durationMs ?? 0,
			status_code: response.statusCode ?? null,
			error_code: null,
			message: null,
			verdict: 'delivered',
		},
	];
}
