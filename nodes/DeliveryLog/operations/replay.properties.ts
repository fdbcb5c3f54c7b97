import type { INodeProperties } from 'n8n-workflow';
import { idField } from '../fieldProperties';
import { filtersField, stateField } from '../filterProperties';
import { shownFor } from '../operation';

export const NAME = 'replay';
/** The longest preset schedule is five days. */
export const LIFE_DAYS = 7;

const byFilter = shownFor(NAME, { replayWhich: ['filter'] });

export const description: INodeProperties[] = [
	{
		displayName: 'Which',
		name: 'replayWhich',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'All That Fit Filters', value: 'filter' },
			{ name: 'Dead Letters Since a Time', value: 'since', description: 'Such as since an outage' },
			{ name: 'One Delivery', value: 'one' },
		],
		default: 'one',
		displayOptions: shownFor(NAME),
		description:
			'They are sent again with the same ID and the same bytes, and their retry schedule begins anew',
	},
	idField('replayId', shownFor(NAME, { replayWhich: ['one'] })),
	{
		displayName: 'Since',
		name: 'replaySince',
		type: 'dateTime',
		default: '',
		required: true,
		placeholder: '{{ $now.minus({ hours: 1 }) }}',
		displayOptions: shownFor(NAME, { replayWhich: ['since'] }),
		description: 'Dead letters that have ended from this moment on',
	},
	stateField(NAME, ['delivered', 'dead', 'closed'], ['dead'], byFilter),
	filtersField(NAME, ['tests'], byFilter),
	{
		displayName: 'Options',
		name: 'replayOptions',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		displayOptions: shownFor(NAME),
		options: [
			{
				displayName: 'Expires After (Days)',
				name: 'expiresDays',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: LIFE_DAYS,
				description: 'What has not arrived by then is a dead letter again',
			},
			{
				displayName: 'Force',
				name: 'force',
				type: 'boolean',
				default: false,
				description:
					'Whether to replay even what was superseded, and what is older than something about the same subject that was delivered. The receiver then has the older state last.',
			},
		],
	},
];
