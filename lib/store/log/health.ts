import { sql } from 'kysely';
import { queueService } from '../queues';
import type { Unit } from '../unit';

/** An endpoint that is paused, or let in few at a time after a pause. Times in epoch milliseconds. */
export interface TroubledEndpoint {
	queue: string;
	endpoint: string;
	/** 0 or past: its pause is over. */
	pausedUntil: number;
	/** Pauses in a row. */
	pauses: number;
	reason?: string;
}

/** A queue that is known, and who serves it. */
export interface QueueHealth {
	queue: string;
	workflowId: string;
	service: 'served' | 'unknown' | 'unserved';
	/** The node's name, where one serves it. */
	nodeName?: string;
	pausedUntil: number;
	reason?: string;
}

/** Told of at most; the rest stays in the store. */
const MOST = 200;

/** The endpoints of any queue that are in trouble, those paused longest first. */
export async function endpointsInTrouble({ db }: Unit): Promise<TroubledEndpoint[]> {
	const rows = await db
		.selectFrom('endpoints')
		.selectAll()
		.orderBy('paused_until', 'desc')
		.orderBy('endpoint')
		.limit(MOST)
		.execute();
	return rows.map((row) => ({
		queue: row.queue,
		endpoint: row.endpoint,
		pausedUntil: Number(row.paused_until),
		pauses: row.pauses,
		...(row.reason === null ? {} : { reason: row.reason }),
	}));
}

/** The queues that a node has a part in, or that were paused; by name. @param boot the store's */
export async function queuesHealth(unit: Unit, boot: string): Promise<QueueHealth[]> {
	const { rows } = await sql<{
		queue: string;
		workflow_id: string;
		paused_until: number;
		reason: string | null;
	}>`select queue, workflow_id, paused_until, reason from queues
		order by queue limit ${MOST}`.execute(unit.db);
	const queues: QueueHealth[] = [];
	for (const { queue, workflow_id, paused_until, reason } of rows) {
		const { state, nodeName } = await queueService(unit, queue, boot);
		queues.push({
			queue,
			workflowId: workflow_id,
			service: state,
			pausedUntil: Number(paused_until),
			...(nodeName === undefined ? {} : { nodeName }),
			...(reason === null ? {} : { reason }),
		});
	}
	return queues;
}
