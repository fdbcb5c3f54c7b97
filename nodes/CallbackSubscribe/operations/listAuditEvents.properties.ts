import type { INodeProperties } from 'n8n-workflow';
import { filterField } from './fieldProperties';

/** Reactor audit events, list: what it can be filtered by. */
const ATTRIBUTES = [
	{ name: 'Created At', value: 'created_at' },
	{ name: 'Event Type', value: 'type_of' },
	{ name: 'Updated At', value: 'updated_at' },
];

export const description: INodeProperties[] = [
	filterField('eventFilters', 'listAuditEvents', ATTRIBUTES),
];
