import type { IDataObject } from 'n8n-workflow';
import type { Operation } from '../operation';
import { locatorValue } from './fields';

export const remove: Operation = {
	async execute({ node, source }, index): Promise<IDataObject[]> {
		const id = locatorValue(node, 'callbackId', index);
		await source.delete(id);
		return [{ id, deleted: true }];
	},
};
