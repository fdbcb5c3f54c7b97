import type { INodeProperties } from 'n8n-workflow';
import { eventTypesField, otherEventTypesField } from '../../shared/callbackFields';
import { beyondAdobe, conditionField } from './fieldProperties';

const urlField: INodeProperties = {
	displayName: 'URL',
	name: 'url',
	type: 'string',
	default: '',
	placeholder: 'https://www.example.com/callbacks',
};

export const description: INodeProperties[] = [
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
];
