import type { INodeProperties } from 'n8n-workflow';
import { filterField } from './fieldProperties';

/** Reactor callbacks, list: what it can be filtered by. */
const ATTRIBUTES = [
	{ name: 'Created At', value: 'created_at' },
	{ name: 'Updated At', value: 'updated_at' },
];

export const description: INodeProperties[] = [filterField('filters', 'getMany', ATTRIBUTES)];
