import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { ReadAuditEvent } from '../../../lib/callbacks/auditEvent';
import type { MessageShape } from '../../../lib/callbacks/deliveries';
import { queueDeliveries } from '../../../lib/callbacks/match';
import { callbackConditions } from '../../shared/callbackStore';
import { numberOption } from '../../shared/parameters';
import { assertServed, queueNameOf } from '../../shared/queue';
import { storeOf } from '../../shared/stores';
import type { OperationContext } from '../operation';
import type { MatchChoices } from '../sources';

const DAY = 24 * 3600_000;

/** What messages look like, as the options have it. */
export function shapeOf(node: IExecuteFunctions, options: IDataObject): MessageShape {
	const timeout = ['timeoutSeconds', 'Timeout (Seconds)'] as const;
	const seconds = numberOption(node.getNode(), options, timeout, 0);
	return {
		...(options.contentType === 'jsonApi' ? { contentType: 'application/vnd.api+json' } : {}),
		...(seconds > 0 ? { timeoutMs: Math.round(seconds * 1_000) } : {}),
	};
}

/**
 * Puts an event's messages into the queue of the workflow's sender. An event that was put there before is
 * not put there again.
 * @throws NodeOperationError when nobody serves the queue
 */
export async function queueEvent(
	{ node, options }: OperationContext,
	event: ReadAuditEvent,
	choices: Pick<MatchChoices, 'shape' | 'withoutProperty'>,
): Promise<IDataObject> {
	const { store, settings } = await storeOf(node);
	const workflowId = node.getWorkflow().id;
	const queue = queueNameOf(node.getNode(), workflowId, options.queue);
	await assertServed(node.getNode(), store, queue);
	const days = ['deduplicationDays', 'Deduplication Days'] as const;
	const report = await queueDeliveries(event, {
		...choices,
		store,
		conditions: callbackConditions(),
		queue,
		deduplicationMs: Math.max(1, numberOption(node.getNode(), options, days, 14)) * DAY,
		...(settings.maxBytes === undefined ? {} : { maxBytes: settings.maxBytes }),
		...(workflowId === undefined ? {} : { workflowId }),
		executionId: node.getExecutionId(),
	});
	return { eventId: event.id, ...report } as unknown as IDataObject;
}
