import type { IDataObject } from 'n8n-workflow';
import { eventTypesField, eventTypesOf, otherEventTypesField } from '../../shared/callbackFields';
import { shownFor, type Operation } from '../operation';
import { beyondAdobe, conditionField, locatorValue, writtenItem } from './fields';

const show = shownFor('create');

export const create: Operation = {
	description: [
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
	],

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
