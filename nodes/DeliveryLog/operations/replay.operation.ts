import type { IDataObject } from 'n8n-workflow';
import type { LogFilter } from '../../../lib/store/log/filter';
import { replayFitting, replayIds } from '../../../lib/store/log/replay';
import { collectionOf, entryOf, numberOf, requiredText, textOf, timeOf } from '../fields';
import { readNarrowFilters, readStates } from '../filterFields';
import { FieldError } from '../errors';
import { toItem } from '../items';
import { longWork } from '../longWork';
import type { Operation, OperationContext } from '../operation';
import { replayer, wakeQueues } from '../replays';
import { LIFE_DAYS, NAME } from './replay.properties';

const DAY = 24 * 3_600_000;

export const replay: Operation = {
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
