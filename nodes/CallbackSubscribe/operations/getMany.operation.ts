import type { IDataObject } from 'n8n-workflow';
import type { Operation } from '../operation';
import { filterField, listChoices, locatorValue } from './fields';

/** Reactor callbacks, list: what it can be filtered by. */
const ATTRIBUTES = [
	{ name: 'Created At', value: 'created_at' },
	{ name: 'Updated At', value: 'updated_at' },
];

export const getMany: Operation = {
	description: [filterField('filters', 'getMany', ATTRIBUTES)],

	async execute({ node, source }, index): Promise<IDataObject[]> {
		const { query, options } = listChoices(node, 'filters', index);
		const callbacks = await source.list(locatorValue(node, 'propertyId', index), query, options);
		return callbacks as unknown as IDataObject[];
	},
};
