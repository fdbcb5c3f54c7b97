import type { INodeProperties } from 'n8n-workflow';
import { filtersField } from '../filterProperties';
import { shownFor } from '../operation';

export const NAME = 'statistics';

export const description: INodeProperties[] = [
	{
		displayName: 'Period',
		name: 'period',
		type: 'options',
		options: [
			{ name: 'By Day (UTC)', value: 'day' },
			{ name: 'By Hour', value: 'hour' },
			{ name: 'In One Sum', value: 'whole' },
		],
		default: 'whole',
		displayOptions: shownFor(NAME),
		description: 'By when the deliveries were stored. Filters › From and To say which time it is.',
	},
	{
		displayName: 'Group By',
		name: 'groupBy',
		type: 'options',
		options: [
			{ name: 'Endpoint', value: 'endpoint', description: 'Scheme, host and port' },
			{ name: 'Kind', value: 'kind', description: 'Postback, callback, profile or push' },
			{ name: 'Name', value: 'name', description: 'Of the postback, callback or destination' },
			{ name: 'Nothing', value: 'none' },
			{ name: 'Queue', value: 'queue' },
		],
		default: 'none',
		displayOptions: shownFor(NAME),
	},
	filtersField(NAME),
];
