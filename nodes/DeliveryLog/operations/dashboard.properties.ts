import type { INodeProperties } from 'n8n-workflow';
import { filtersField } from '../filterProperties';
import { shownFor } from '../operation';

export const NAME = 'dashboard';

const options: INodeProperties[] = [
	{
		displayName: 'Allow Showing Personal Data',
		name: 'personal',
		type: 'boolean',
		default: false,
		description:
			'Whether the page offers a link that shows the values of bodies, addresses and headers. Secrets stay masked.',
	},
	{
		displayName: 'Count at Most',
		name: 'countAtMost',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 100000,
		description:
			'How many of the newest deliveries of a period the figures count. More take longer; the page says where it ends.',
	},
	{
		displayName: 'Replays Expire After (Days)',
		name: 'expiresDays',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 7,
		description: 'What was replayed and has not arrived by then is a dead letter again',
	},
	{
		displayName: 'Rows per Page',
		name: 'rows',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 200 },
		default: 25,
	},
	{ displayName: 'Title', name: 'title', type: 'string', default: 'Deliveries' },
];

export const description: INodeProperties[] = [
	{
		displayName:
			'Whoever opens the page sees your deliveries: switch on Authentication in the Webhook node. The example workflow "Dashboard" shows how the nodes go together.',
		name: 'dashboardNotice',
		type: 'notice',
		default: '',
		displayOptions: shownFor(NAME),
	},
	{
		displayName: 'Query',
		name: 'dashboardQuery',
		type: 'json',
		default: '={{ $json.query }}',
		displayOptions: shownFor(NAME),
		description:
			'The query of the request, as the Webhook node gives it: what the page shows. Empty: the last 24 hours.',
	},
	{
		displayName: 'Form',
		name: 'dashboardForm',
		type: 'json',
		default: '={{ $json.body }}',
		displayOptions: shownFor(NAME),
		description: 'The body of the request, as the Webhook node gives it: what its buttons send',
	},
	{
		displayName: 'Replay and Cancel',
		name: 'dashboardActions',
		type: 'boolean',
		default: true,
		displayOptions: shownFor(NAME),
		description: 'Whether the page has buttons that replay and cancel; else it only shows',
	},
	filtersField(NAME, ['since', 'until', 'timeOf', 'unreported', 'tests']),
	{
		displayName: 'Options',
		name: 'dashboardOptions',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		displayOptions: shownFor(NAME),
		options,
	},
];
