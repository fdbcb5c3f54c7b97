import type { INodeExecutionData } from 'n8n-workflow';
import { changeItem } from './items';
import { propertyIdOf } from './settings';

/** What a change looks like, for a run without a request. */
export function sampleChange(
	declared: ReadonlyMap<string, string>,
	baseUrl = '',
): INodeExecutionData {
	const propertyId = [...declared.keys()][0] ?? propertyIdOf('My Events');
	const at = Date.now();
	const moment = new Date(at).toISOString();
	const change = {
		no: 0,
		at,
		change: 'created' as const,
		callbackId: `CB${'0'.repeat(32)}`,
		propertyId,
		eventId: `AE${'0'.repeat(32)}`,
		author: 'sample',
		attributes: {
			created_at: moment,
			subscriptions: ['rule.created'],
			updated_at: moment,
			url: 'https://www.example.com',
		},
	};
	return changeItem(change, { baseUrl, names: declared, test: true });
}
