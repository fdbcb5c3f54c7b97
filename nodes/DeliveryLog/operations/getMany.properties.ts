import type { INodeProperties } from 'n8n-workflow';
import { STORED_STATUSES } from '../../../lib/store/schema';
import { filtersField, stateField } from '../filterProperties';
import { shownFor } from '../operation';
import { bodiesOption } from './options';

export const NAME = 'getMany';

const options: INodeProperties[] = [
	{
		displayName: 'After',
		name: 'after',
		type: 'string',
		default: '',
		placeholder: '{{ $json.stored.cursor }}',
		description:
			'Goes on where another call has ended: the field stored.cursor of the last item that it gave. The order and the filters have to be the same.',
	},
	bodiesOption,
	{
		displayName: 'Mark as Reported',
		name: 'mark',
		type: 'boolean',
		default: false,
		description:
			'Whether dead letters that are given count as reported from now on, so that Delivery Queue Trigger does not bring them to Dead Letter too',
	},
	{
		displayName: 'Order',
		name: 'order',
		type: 'options',
		options: [
			{ name: 'Newest First', value: 'newest' },
			{ name: 'Oldest First', value: 'oldest' },
		],
		default: 'newest',
		description: 'By when they were stored',
	},
];

export const description: INodeProperties[] = [
	stateField(NAME, STORED_STATUSES, []),
	filtersField(NAME),
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		displayOptions: shownFor(NAME),
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		displayOptions: { show: { operation: [NAME], returnAll: [false] } },
		description: 'Max number of results to return',
	},
	{
		displayName: 'Options',
		name: 'getManyOptions',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		displayOptions: shownFor(NAME),
		options,
	},
];
