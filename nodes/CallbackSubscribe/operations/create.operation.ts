import type { IDataObject } from 'n8n-workflow';
import { eventTypesOf } from '../../shared/callbackFields';
import type { Operation } from '../operation';
import { locatorValue, writtenItem } from './fields';

export const create: Operation = {
	async execute({ node, source }, index): Promise<IDataObject[]> {
		const additional = node.getNodeParameter('additional', index, {}) as IDataObject;
		const written = await source.create(locatorValue(node, 'propertyId', index), {
			url: String(node.getNodeParameter('url', index, '')).trim(),
			subscriptions: eventTypesOf(
				node.getNodeParameter('eventTypes', index, []),
				node.getNodeParameter('otherEventTypes', index, ''),
			),
			...(additional.condition ? { condition: String(additional.condition) } : {}),
			...(additional.newSecret === true ? { newSecret: true } : {}),
		});
		return [writtenItem(written)];
	},
};
