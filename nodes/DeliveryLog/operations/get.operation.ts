import type { IDataObject } from 'n8n-workflow';
import { collectionOf, entryOf, idField, requiredText } from '../fields';
import { toItem } from '../items';
import { shownFor, type Operation } from '../operation';
import { bodiesOption } from './options';

export const get: Operation = {
	description: [
		idField('deliveryId', shownFor('get')),
		{
			displayName: 'Options',
			name: 'getOptions',
			type: 'collection',
			placeholder: 'Add Option',
			default: {},
			displayOptions: shownFor('get'),
			options: [bodiesOption],
		},
	],

	async execute({ node, store }, index): Promise<IDataObject[]> {
		const id = requiredText(node, index, ['deliveryId', 'Delivery ID']);
		const { bodies } = collectionOf(node, 'getOptions', index);
		return [toItem(await entryOf(store, id), bodies === true)];
	},
};
