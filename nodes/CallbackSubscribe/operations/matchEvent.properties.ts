import type { INodeProperties } from 'n8n-workflow';
import { eventFields } from './eventProperties';

export const description: INodeProperties[] = [
	...eventFields,
	{
		displayName: 'Messages',
		name: 'messages',
		type: 'options',
		options: [
			{
				name: 'Pass On',
				value: 'items',
				description: 'One item for each subscriber, for HTTP Delivery',
			},
			{
				name: 'Put Into a Queue',
				value: 'queue',
				description:
					'Stored for the Delivery Queue Trigger of this workflow, which passes them to HTTP Delivery',
			},
		],
		default: 'items',
		displayOptions: { show: { operation: ['matchEvent'], source: ['store'] } },
	},
];
