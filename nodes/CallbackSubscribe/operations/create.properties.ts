import type { INodeProperties } from 'n8n-workflow';
import { eventTypesField, otherEventTypesField } from '../../shared/callbackFields';
import { shownFor } from '../operation';
import { beyondAdobe, conditionField } from './fieldProperties';

const show = shownFor('create');

export const description: INodeProperties[] = [
	{
		displayName: 'URL',
		name: 'url',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'https://www.example.com/callbacks',
		description: 'Where messages are sent; https only',
		displayOptions: show,
	},
	eventTypesField(show),
	otherEventTypesField(show),
	{
		displayName: 'Additional Fields',
		name: 'additional',
		type: 'collection',
		placeholder: 'Add Field',
		default: {},
		displayOptions: { show: { operation: ['create'], ...beyondAdobe } },
		options: [
			conditionField,
			{
				displayName: 'Signing Secret',
				name: 'newSecret',
				type: 'boolean',
				default: false,
				description:
					'Whether its messages are signed (Standard Webhooks). The secret is told once, in the output of this node, which n8n keeps with the execution.',
			},
		],
	},
];
