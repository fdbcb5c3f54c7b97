import type { INodeProperties } from 'n8n-workflow';
import { shownFor } from '../operation';

export const NAME = 'metrics';

export const description: INodeProperties[] = [
	{
		displayName: 'Options',
		name: 'metricsOptions',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		displayOptions: shownFor(NAME),
		options: [
			{
				displayName: 'Endpoints',
				name: 'endpoints',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 200 },
				default: 50,
				description:
					'How many endpoints, and queues, have a label of their own. The others are one, named "other".',
			},
		],
	},
];
