import type { INodeProperties } from 'n8n-workflow';
import { idField } from '../fieldProperties';
import { shownFor } from '../operation';
import { bodiesOption } from './options';

export const description: INodeProperties[] = [
	idField('deliveryId', shownFor('get')),
	{
		displayName: 'Options',
		name: 'getOptions',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		displayOptions: shownFor('get'),
		options: [bodiesOption],
	},
];
