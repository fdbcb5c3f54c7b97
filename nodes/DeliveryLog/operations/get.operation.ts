import type { IDataObject } from 'n8n-workflow';
import { collectionOf, entryOf, requiredText } from '../fields';
import { toItem } from '../items';
import type { Operation } from '../operation';

export const get: Operation = {
	async execute({ node, store }, index): Promise<IDataObject[]> {
		const id = requiredText(node, index, ['deliveryId', 'Delivery ID']);
		const { bodies } = collectionOf(node, 'getOptions', index);
		return [toItem(await entryOf(store, id), bodies === true)];
	},
};
