import type { IDataObject } from 'n8n-workflow';
import type { Operation } from '../operation';
import { eventFields, eventOf } from './event';
import { queueEvent, shapeOf } from './queueEvent';

export const matchEvent: Operation = {
	description: [
		...eventFields,
		{
			displayName: 'Messages',
			name: 'messages',
			type: 'options',
			options: [
				{
					name: 'Pass On',
					value: 'items',
					description: 'One item for each subscriber, for HTTP Delivery',
				},
				{
					name: 'Put Into a Queue',
					value: 'queue',
					description:
						'Stored for the Delivery Queue Trigger of this workflow, which passes them to HTTP Delivery',
				},
			],
			default: 'items',
			displayOptions: { show: { operation: ['matchEvent'], source: ['store'] } },
		},
	],

	async execute(context, index): Promise<IDataObject[]> {
		const { node, source, choice, options } = context;
		const event = await eventOf(context, index);
		const test = node.getMode() === 'manual';
		const messages =
			choice === 'store' ? node.getNodeParameter('messages', index, 'items') : 'items';
		const shape = shapeOf(node, options);
		const withoutProperty = options.withoutProperty === 'everyone' ? 'everyone' : 'nobody';
		if (messages === 'queue' && !test) {
			return [await queueEvent(context, event, { shape, withoutProperty })];
		}
		const { deliveries, skipped } = await source.match(event, { withoutProperty, shape, test });
		for (const { callbackId, reason } of skipped) {
			context.hint(`${callbackId} was left out of an event: ${reason}`);
		}
		if (messages !== 'queue') return deliveries.map((delivery) => ({ delivery }) as never);
		context.hint('A test run puts nothing into the queue.');
		return [{ eventId: event.id, test, matched: deliveries.length, queued: 0 }];
	},
};
