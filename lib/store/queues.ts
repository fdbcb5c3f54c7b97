import { aloneLine, queueConsumer } from './lines';
import type { Unit } from './unit';

/** A node's part in a queue: the one trigger that serves it, or the one sender for a kind of delivery. */
export interface QueueMember {
	queue: string;
	/** `trigger`, or `sender:` and the sender's kind. */
	role: string;
	workflowId: string;
	nodeId: string;
	nodeName: string;
}

/** A node of this age that was not seen again is taken for gone; the store's heartbeat renews it. */
const MEMBER_MS = 90_000;

/** Why a node may not have its part in a queue. */
export interface QueueConflict {
	reason: 'other workflow' | 'other node';
	workflowId: string;
	nodeName: string;
}

/**
 * Gives a node its part in a queue (design 5, rule 11: one queue, one workflow, one sender for each kind).
 * Gives the conflict when another has it.
 * @param boot the store's boot; a member of an earlier one gives way within its own workflow, and where
 * several processes share the store, one that was not heard of for {@link MEMBER_MS}
 */
export async function joinQueue(
	unit: Unit,
	member: QueueMember,
	boot: string,
): Promise<QueueConflict | undefined> {
	const { db, now } = unit;
	// Of two who join at the same time the second sees the first.
	await unit.shared?.lock('member', [member.queue]);
	const owner = await db
		.selectFrom('queues')
		.select('workflow_id')
		.where('queue', '=', member.queue)
		.executeTakeFirst();
	if (!owner) {
		await db
			.insertInto('queues')
			.values({
				queue: member.queue,
				workflow_id: member.workflowId,
				paused_until: 0,
				pauses: 0,
				reason: null,
				refusals: 0,
			})
			.execute();
	} else if (
		owner.workflow_id !== member.workflowId &&
		(await isAbandoned(unit, member.queue, boot))
	) {
		await handOver(unit, member);
	} else if (owner.workflow_id !== member.workflowId) {
		const nodes = await db
			.selectFrom('queue_members')
			.select('node_name')
			.where('queue', '=', member.queue)
			.executeTakeFirst();
		return {
			reason: 'other workflow',
			workflowId: owner.workflow_id,
			nodeName: nodes?.node_name ?? '',
		};
	}

	const holder = await db
		.selectFrom('queue_members')
		.selectAll()
		.where('queue', '=', member.queue)
		.where('role', '=', member.role)
		.executeTakeFirst();
	const alive =
		holder && isOfNow(unit, holder.boot, boot) && Number(holder.seen_at) > now - MEMBER_MS;
	if (holder && holder.node_id !== member.nodeId && alive) {
		return { reason: 'other node', workflowId: holder.workflow_id, nodeName: holder.node_name };
	}
	const row = {
		workflow_id: member.workflowId,
		node_id: member.nodeId,
		node_name: member.nodeName,
		boot,
		seen_at: now,
	};
	await db
		.insertInto('queue_members')
		.values({ queue: member.queue, role: member.role, ...row })
		.onConflict((c) => c.columns(['queue', 'role']).doUpdateSet(row))
		.execute();
	return undefined;
}

/** Whether a boot may still be there: where one process owns the store, none but its own. */
const isOfNow = (unit: Unit, boot: string, own: string) =>
	unit.shared !== undefined || boot === own;

/** A queue in which no node has a part and nothing waits, such as that of a workflow that was deleted. */
async function isAbandoned(unit: Unit, queue: string, boot: string): Promise<boolean> {
	const { db, now } = unit;
	const member = await db
		.selectFrom('queue_members')
		.select('role')
		.where('queue', '=', queue)
		.$if(unit.shared === undefined, (query) => query.where('boot', '=', boot))
		.where('seen_at', '>', now - MEMBER_MS)
		.limit(1)
		.executeTakeFirst();
	if (member) return false;
	const waiting = await db
		.selectFrom('lanes')
		.select('line')
		.where('line', 'in', [queueConsumer(queue), aloneLine(queueConsumer(queue))])
		.where('next_due_at', 'is not', null)
		.limit(1)
		.executeTakeFirst();
	return !waiting;
}

async function handOver({ db }: Unit, { queue, workflowId }: QueueMember): Promise<void> {
	await db.deleteFrom('queue_members').where('queue', '=', queue).execute();
	await db
		.updateTable('queues')
		.set({ workflow_id: workflowId, paused_until: 0, pauses: 0, reason: null, refusals: 0 })
		.where('queue', '=', queue)
		.execute();
}

/** Takes a node's part in a queue away, when it is deactivated. */
export async function leaveQueue(
	unit: Unit,
	member: Pick<QueueMember, 'queue' | 'role' | 'nodeId'>,
): Promise<void> {
	await unit.db
		.deleteFrom('queue_members')
		.where('queue', '=', member.queue)
		.where('role', '=', member.role)
		.where('node_id', '=', member.nodeId)
		.execute();
}

export interface QueueService {
	/** `served`; `unknown` while the trigger of an earlier boot may still be on its way up; `unserved`. */
	state: 'served' | 'unknown' | 'unserved';
	nodeName?: string;
	workflowId?: string;
}

/** Whether an active Delivery Queue Trigger serves a queue. */
export async function queueService(unit: Unit, queue: string, boot: string): Promise<QueueService> {
	const row = await unit.db
		.selectFrom('queue_members')
		.selectAll()
		.where('queue', '=', queue)
		.where('role', '=', 'trigger')
		.executeTakeFirst();
	if (!row) return { state: 'unserved' };
	const named = { nodeName: row.node_name, workflowId: row.workflow_id };
	if (!isOfNow(unit, row.boot, boot)) return { state: 'unknown', ...named };
	if (Number(row.seen_at) > unit.now - MEMBER_MS) return { state: 'served', ...named };
	// Another process may have it, and be on its way up as well.
	return { state: unit.shared ? 'unknown' : 'unserved', ...named };
}
