import type { IDataObject } from 'n8n-workflow';
import { auditEventItem } from '../../shared/auditEventItems';
import type { Operation } from '../operation';
import { filterField, listChoices } from './fields';

/** Reactor audit events, list: what it can be filtered by. */
const ATTRIBUTES = [
	{ name: 'Created At', value: 'created_at' },
	{ name: 'Event Type', value: 'type_of' },
	{ name: 'Updated At', value: 'updated_at' },
];

export const listAuditEvents: Operation = {
	description: [filterField('eventFilters', 'listAuditEvents', ATTRIBUTES)],

	/** Items as those of Callback Trigger, so that one workflow takes both. */
	async execute({ node, source }, index): Promise<IDataObject[]> {
		const { query, options } = listChoices(node, 'eventFilters', index);
		return (await source.listEvents(query, options)).map(auditEventItem);
	},
};
