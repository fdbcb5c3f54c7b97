import type { DeliveryStore } from '../../../../lib/store/deliveryStore';
import type { LogFilter } from '../../../../lib/store/log/filter';
import { queueConsumer } from '../../../../lib/store/lines';
import { deliveriesMigration } from '../../../../lib/store/migrations/0001-deliveries';
import { deliveryLogMigration } from '../../../../lib/store/migrations/0008-delivery-log';
import type { DeliveryRow } from '../../../../lib/store/rows';
import type { FakeClock } from '../../../support/fakeClock';
import { openTestStore } from '../../../support/stores';

export const migrations = {
	'0001-deliveries': deliveriesMigration,
	'0008-delivery-log': deliveryLogMigration,
};

export const openLogStore = async (folder: string, clock: FakeClock) =>
	await openTestStore(folder, clock, { migrations });

/** A row as it stands in the store, however it came there. */
export type LogRow = Omit<DeliveryRow, 'no'>;

export function logRow(overrides: Partial<LogRow> & { id: string }): LogRow {
	const queue = overrides.queue === undefined ? 'q' : overrides.queue;
	return {
		kind: 'postback',
		name: 'order',
		source_type: null,
		source_id: null,
		subject: null,
		event_id: null,
		queue,
		consumer: queueConsumer(queue ?? 'q'),
		line: null,
		endpoint: 'https://a.example',
		status: 'delivered',
		reason: null,
		attempt: 1,
		step: 0,
		claims: 0,
		due_at: 0,
		created_at: 0,
		expires_at: null,
		last_attempt_at: null,
		settled_at: null,
		lease: null,
		lease_place: null,
		order_key: null,
		supersede: 0,
		kept: 0,
		response: null,
		error: null,
		test: 0,
		reported: 0,
		workflow_id: null,
		execution_id: null,
		...overrides,
	};
}

/** Puts rows into the store, in their order. */
export async function putRows(store: DeliveryStore, rows: readonly LogRow[]): Promise<void> {
	await store.write(async ({ db }) => {
		for (const row of rows) {
			const { no } = await db
				.insertInto('deliveries')
				.values(row)
				.returning('no')
				.executeTakeFirstOrThrow();
			const request = JSON.stringify({ method: 'GET', url: 'https://a.example/', headers: {} });
			await db.insertInto('requests').values({ delivery_no: no, request }).execute();
		}
	});
}

/** What a filter means, in the plainest words. */
export function fitsModel(filter: LogFilter, row: LogRow): boolean {
	const matches = (pattern: string | undefined, text: string | null) => {
		if (pattern === undefined) return true;
		if (text === null) return false;
		if (!pattern.includes('*')) return pattern === text;
		const parts = pattern.split('*').map((part) => part.replace(/[^a-z0-9]/gi, '\\$&'));
		return new RegExp(`^${parts.join('.*')}$`, 'is').test(text);
	};
	const same = (wanted: string | undefined, text: string | null) =>
		wanted === undefined || wanted === text;
	const at = filter.timeOf === 'ended' ? row.settled_at : row.created_at;
	return (
		(filter.tests === true || row.test === 0) &&
		(filter.states?.includes(row.status) ?? true) &&
		(filter.kinds?.includes(row.kind) ?? true) &&
		matches(filter.queue, row.queue) &&
		matches(filter.name, row.name) &&
		matches(filter.endpoint, row.endpoint) &&
		matches(filter.reason, row.reason) &&
		same(filter.subject, row.subject) &&
		same(filter.eventId, row.event_id) &&
		same(filter.sourceId, row.source_id) &&
		same(filter.workflowId, row.workflow_id) &&
		same(filter.executionId, row.execution_id) &&
		(filter.since === undefined || (at !== null && at >= filter.since)) &&
		(filter.until === undefined || (at !== null && at < filter.until)) &&
		(filter.endedBefore === undefined ||
			(row.settled_at !== null && row.settled_at < filter.endedBefore)) &&
		(!filter.unreported || (row.status === 'dead' && row.reported === 0))
	);
}
