import type { IDataObject } from 'n8n-workflow';
import { auditEventItem } from '../../shared/auditEventItems';
import type { Operation } from '../operation';
import { listChoices } from './fields';

export const listAuditEvents: Operation = {
	/** Items as those of Callback Trigger, so that one workflow takes both. */
	async execute({ node, source }, index): Promise<IDataObject[]> {
		const { query, options } = listChoices(node, 'eventFilters', index);
		return (await source.listEvents(query, options)).map(auditEventItem);
	},
};
