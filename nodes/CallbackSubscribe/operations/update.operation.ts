import type { IDataObject } from 'n8n-workflow';
import { ReactorError } from '../../../lib/callbacks/reactor/errors';
import { eventTypesOf } from '../../shared/callbackFields';
import type { Operation } from '../operation';
import type { CallbackValues } from '../sources';
import { locatorValue, writtenItem } from './fields';

export const update: Operation = {
	async execute({ node, source }, index): Promise<IDataObject[]> {
		const changes = node.getNodeParameter('changes', index, {}) as IDataObject;
		const further = node.getNodeParameter('furtherChanges', index, {}) as IDataObject;
		const values = valuesOf(changes, further);
		if (Object.keys(values).length === 0) {
			throw new ReactorError('Changes is empty: add what is to be changed', { kind: 'invalid' });
		}
		return [writtenItem(await source.update(locatorValue(node, 'callbackId', index), values))];
	},
};

function valuesOf(changes: IDataObject, further: IDataObject): CallbackValues {
	const { url, eventTypes, otherEventTypes } = changes;
	const subscribes = eventTypes !== undefined || otherEventTypes !== undefined;
	return {
		...(url === undefined ? {} : { url: String(url).trim() }),
		...(subscribes ? { subscriptions: eventTypesOf(eventTypes, otherEventTypes) } : {}),
		...(further.condition === undefined ? {} : { condition: String(further.condition) }),
		...(further.enable === true ? { enable: true } : {}),
		...(further.newSecret === true ? { newSecret: true } : {}),
	};
}
