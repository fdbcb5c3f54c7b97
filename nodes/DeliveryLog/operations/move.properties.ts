import type { INodeProperties } from 'n8n-workflow';
import { filtersField } from '../filterProperties';
import { shownFor } from '../operation';

export const NAME = 'move';

export const description: INodeProperties[] = [
	{
		displayName: 'From Queue',
		name: 'moveFrom',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. the ID of the workflow that is gone',
		displayOptions: shownFor(NAME),
		description:
			'The queue that deliveries wait in: the ID of the workflow that sent them, unless a name was set under Options › Queue. Exact, or with * for any text.',
	},
	{
		displayName: 'To Queue',
		name: 'moveTo',
		type: 'string',
		default: '',
		placeholder: "this workflow's own",
		displayOptions: shownFor(NAME),
		description:
			'The queue of the workflow that is to send them: its ID, unless its Delivery Queue Trigger has a name under Options › Queue',
	},
	filtersField(NAME, ['queue', 'tests', 'timeOf']),
	{
		displayName: 'Options',
		name: 'moveOptions',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		displayOptions: shownFor(NAME),
		options: [
			{
				displayName: 'And Unsent of Workflow',
				name: 'unsentOf',
				type: 'string',
				default: '',
				placeholder: 'a workflow ID',
				description:
					'Brings also what the triggers of that workflow took in and no sender has had yet. It goes to the sender directly, past the nodes between trigger and sender.',
			},
		],
	},
];
