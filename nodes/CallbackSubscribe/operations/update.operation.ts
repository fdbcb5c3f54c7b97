import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { ReactorError } from '../../../lib/callbacks/reactor/errors';
import { eventTypesField, eventTypesOf, otherEventTypesField } from '../../shared/callbackFields';
import type { Operation } from '../operation';
import type { CallbackValues } from '../sources';
import { beyondAdobe, conditionField, locatorValue, writtenItem } from './fields';

const urlField: INodeProperties = {
	displayName: 'URL',
	name: 'url',
	type: 'string',
	default: '',
	placeholder: 'https://www.example.com/callbacks',
};

export const update: Operation = {
	description: [
		{
			displayName: 'Changes',
			name: 'changes',
			type: 'collection',
			placeholder: 'Add Change',
			default: {},
			description: 'What is not named here stays as it is',
			displayOptions: { show: { operation: ['update'] } },
			options: [
				{
					...eventTypesField(),
					description: 'In place of those that it has; both lists together',
				},
				otherEventTypesField(),
				urlField,
			],
		},
		{
			displayName: 'Further Changes',
			name: 'furtherChanges',
			type: 'collection',
			placeholder: 'Add Change',
			default: {},
			displayOptions: { show: { operation: ['update'], ...beyondAdobe } },
			options: [
				{
					...conditionField,
					description: 'A JSONata expression on the event, see Create; empty removes it',
				},
				{
					displayName: 'Enable Again',
					name: 'enable',
					type: 'boolean',
					default: false,
					description: 'Whether a callback that was disabled after failing is sent to again',
				},
				{
					displayName: 'New Signing Secret',
					name: 'newSecret',
					type: 'boolean',
					default: false,
					description:
						'Whether it gets another secret, or its first. The one before signs along for a while. The new one is told once, in the output of this node, which n8n keeps with the execution.',
				},
			],
		},
	],

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
