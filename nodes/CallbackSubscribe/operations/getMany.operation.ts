import type { IDataObject } from 'n8n-workflow';
import type { Operation } from '../operation';
import { listChoices, locatorValue } from './fields';

export const getMany: Operation = {
	async execute({ node, source }, index): Promise<IDataObject[]> {
		const { query, options } = listChoices(node, 'filters', index);
		const callbacks = await source.list(locatorValue(node, 'propertyId', index), query, options);
		return callbacks as unknown as IDataObject[];
	},
};
