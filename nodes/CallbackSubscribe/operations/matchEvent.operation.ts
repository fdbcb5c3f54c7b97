import type { IDataObject } from 'n8n-workflow';
import type { Operation } from '../operation';
import { eventOf } from './event';
import { queueEvent, shapeOf } from './queueEvent';

export const matchEvent: Operation = {
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
