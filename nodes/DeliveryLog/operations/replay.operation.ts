import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { LogFilter } from '../../../lib/store/log/filter';
import { replayFitting, replayIds } from '../../../lib/store/log/replay';
import { collectionOf, entryOf, idField, numberOf, requiredText, textOf, timeOf } from '../fields';
import { filtersField, readNarrowFilters, readStates, stateField } from '../filterFields';
import { FieldError } from '../errors';
import { toItem } from '../items';
import { longWork } from '../longWork';
import { shownFor, type Operation, type OperationContext } from '../operation';
import { replayer, wakeQueues } from '../replays';

const NAME = 'replay';
const DAY = 24 * 3_600_000;
/** The longest preset schedule is five days. */
const LIFE_DAYS = 7;

const byFilter = shownFor(NAME, { replayWhich: ['filter'] });

const description: INodeProperties[] = [
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

export const replay: Operation = {
	description,

	async execute(context, index): Promise<IDataObject[]> {
		const { node } = context;
		const which = node.getNodeParameter('replayWhich', index, 'one');
		const { force, expiresDays = LIFE_DAYS } = collectionOf(node, 'replayOptions', index);
		const days = numberOf(expiresDays, 'Options › Expires After (Days)', 0);
		const expiresAt = context.store.now() + Math.round(days * DAY);
		const replaying = replayer({ force: force === true, expiresAt });
		if (which === 'one') return [await replayOne(context, index, replaying)];
		const filter = which === 'since' ? sinceFilter(context, index) : chosenFilter(context, index);
		return [await replayMany(context, filter, replaying)];
	},
};

type Replaying = ReturnType<typeof replayer>;

async function replayOne(
	context: OperationContext,
	index: number,
	replaying: Replaying,
): Promise<IDataObject> {
	const { node, store } = context;
	const id = requiredText(node, index, ['replayId', 'Delivery ID']);
	await entryOf(store, id);
	const result = await store.write(async (unit) => await replayIds(unit, [id], replaying));
	await wakeQueues(context, new Map(result.queues));
	const [refusal] = result.refused;
	const item = toItem(await entryOf(store, id), false);
	return {
		...item,
		replayed: refusal === undefined,
		...(refusal === undefined ? {} : { refusal: refusal.reason }),
	};
}

function sinceFilter({ node }: OperationContext, index: number): LogFilter {
	const given = node.getNodeParameter('replaySince', index, '');
	if (textOf(given) === '') throw new FieldError('Since', 'is empty');
	return { states: ['dead'], since: timeOf(node, given, 'Since'), timeOf: 'ended' };
}

function chosenFilter({ node }: OperationContext, index: number): LogFilter {
	const states = readStates(node, NAME, index);
	if (!states) throw new FieldError('States', 'are empty', 'Choose at least one.');
	return { ...readNarrowFilters(node, NAME, index), states };
}

async function replayMany(
	context: OperationContext,
	filter: LogFilter,
	replaying: Replaying,
): Promise<IDataObject> {
	const { replayed, refused, queues, stopped } = await longWork(
		context,
		'Replay',
		async (part) => await replayFitting(context.store, { filter, replay: replaying, ...part }),
	);
	await wakeQueues(context, queues);
	return {
		replayed,
		refused: refused.reduce((sum, { count }) => sum + count, 0),
		refusals: refused,
		queues: Object.fromEntries(queues),
		...(stopped ? { stopped } : {}),
	};
}
