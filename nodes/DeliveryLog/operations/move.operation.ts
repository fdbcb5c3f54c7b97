import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { LogFilter } from '../../../lib/store/log/filter';
import { moveFitting } from '../../../lib/store/log/move';
import { queueNameOf } from '../../shared/queue';
import { collectionOf, requiredText, textOf } from '../fields';
import { filtersField, readFilters } from '../filterFields';
import { longWork } from '../longWork';
import { shownFor, type Operation, type OperationContext } from '../operation';
import { wakeQueues } from '../replays';

const NAME = 'move';

const description: INodeProperties[] = [
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

export const move: Operation = {
	description,

	async execute(context, index): Promise<IDataObject[]> {
		const { node } = context;
		const from = requiredText(node, index, ['moveFrom', 'From Queue']);
		const named = textOf(node.getNodeParameter('moveTo', index, ''));
		const to = queueNameOf(node.getNode(), node.getWorkflow().id, named, 'To Queue');
		const filter = readFilters(node, NAME, index);
		const unsentOf = textOf(collectionOf(node, 'moveOptions', index).unsentOf);
		const parts = [await moveAll(context, { ...filter, queue: from }, { to })];
		if (unsentOf !== '') {
			const unsent = { ...filter, workflowId: unsentOf };
			parts.push(await moveAll(context, unsent, { to, unsent: true }));
		}
		const sum = (name: 'moved' | 'deadLetters' | 'underWay') =>
			parts.reduce((total, part) => total + part[name], 0);
		await wakeQueues(context, new Map([[to, sum('moved') + sum('deadLetters')]]));
		if (sum('underWay') > 0) {
			context.hint(
				`${sum('underWay')} deliveries that fit are on their way at this moment and were left; move again to catch those that come back`,
			);
		}
		return [
			{
				queue: to,
				moved: sum('moved'),
				deadLetters: sum('deadLetters'),
				underWay: sum('underWay'),
				...(parts.some(({ stopped }) => stopped) ? { stopped: true } : {}),
			},
		];
	},
};

const moveAll = async (
	context: OperationContext,
	filter: LogFilter,
	options: { to: string; unsent?: boolean },
) =>
	await longWork(
		context,
		'Move to Queue',
		async (part) => await moveFitting(context.store, { filter, ...options, ...part }),
	);
