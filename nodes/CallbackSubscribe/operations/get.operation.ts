import type { IDataObject } from 'n8n-workflow';
import type { Operation } from '../operation';
import { locatorValue } from './fields';

export const get: Operation = {
	async execute({ node, source }, index): Promise<IDataObject[]> {
		const callback = await source.get(locatorValue(node, 'callbackId', index));
		return [callback as unknown as IDataObject];
	},
};
