import { NodeOperationError, type INode } from 'n8n-workflow';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { joinQueue, queueService } from '../../lib/store/queues';
import { oncePerProcess } from './processScope';

/** A queue's name stands in keys of the store, so it has no spaces and no signs that mean something there. */
const QUEUE_NAME = /^[A-Za-z0-9._-]{1,64}$/;
/** After a start, triggers of an earlier boot have so long to come back. */
const START_GRACE_MS = 120_000;
/** A sender says that it is there so often. */
const JOIN_EVERY_MS = 30_000;

/**
 * The queue of a node: the one named under Options, else the workflow's own.
 * @param field where it is named
 * @throws NodeOperationError when the name cannot be used
 */
export function queueNameOf(
	node: INode,
	workflowId: string | undefined,
	named: unknown,
	field = 'Options › Queue',
): string {
	const name = typeof named === 'string' ? named.trim() : '';
	if (name === '') return workflowId ?? 'unsaved';
	if (!QUEUE_NAME.test(name)) {
		throw new NodeOperationError(node, `${field}: "${name}" cannot be a queue's name`, {
			description: 'Use up to 64 letters, digits, dots, hyphens and underscores.',
		});
	}
	return name;
}

export interface QueueSeat {
	queue: string;
	/** `trigger`, or `sender:` and the sender's kind. */
	role: string;
	workflowId: string;
}

const joined = () => oncePerProcess('joinedQueues', () => new Map<string, number>());

/**
 * Gives a node its part in a queue.
 * @throws NodeOperationError when another node or workflow has it
 */
export async function takeSeat(node: INode, store: DeliveryStore, seat: QueueSeat): Promise<void> {
	const key = `${store.boot}/${seat.queue}/${seat.role}/${node.id}`;
	const last = joined().get(key);
	if (last !== undefined && store.now() - last < JOIN_EVERY_MS) return;
	const conflict = await store.write(
		async (unit) =>
			await joinQueue(unit, { ...seat, nodeId: node.id, nodeName: node.name }, store.boot),
	);
	if (!conflict) {
		joined().set(key, store.now());
		return;
	}
	const other =
		conflict.reason === 'other workflow'
			? `workflow ${conflict.workflowId}`
			: `the node "${conflict.nodeName}"`;
	throw new NodeOperationError(node, `The queue "${seat.queue}" is used by ${other} already`, {
		description:
			conflict.reason === 'other workflow'
				? "A queue belongs to one workflow. Choose another name under Options › Queue, the same in this workflow's sender and Delivery Queue Trigger."
				: 'A queue has one Delivery Queue Trigger, and one sender of each kind. Give this node a queue of its own under Options › Queue, and a Delivery Queue Trigger with the same name. If you have just replaced that node, try again in two minutes.',
	});
}

/** Forgets a node's part, so that it is taken anew. */
export function forgetSeat(
	node: INode,
	store: DeliveryStore,
	seat: Pick<QueueSeat, 'queue' | 'role'>,
): void {
	joined().delete(`${store.boot}/${seat.queue}/${seat.role}/${node.id}`);
}

/**
 * Refuses to send when nobody would carry out the retries.
 * @throws NodeOperationError that names the node to add or the setting to change
 */
export async function assertServed(
	node: INode,
	store: DeliveryStore,
	queue: string,
): Promise<void> {
	const service = await store.read(async (unit) => await queueService(unit, queue, store.boot));
	if (service.state === 'served') return;
	if (service.state === 'unknown' && store.now() - store.openedAt < START_GRACE_MS) return;
	throw new NodeOperationError(
		node,
		`No active Delivery Queue Trigger serves the queue "${queue}"`,
		{
			description:
				'Retries would never be sent, so nothing was sent now. Add a Delivery Queue Trigger to this workflow, connect it to this node, and publish the workflow. Or set Retries to "Route to the Retry Output" and connect a Wait node.',
		},
	);
}
