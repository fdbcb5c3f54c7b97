import type { IDataObject } from 'n8n-workflow';
import type { LogFilter } from '../../../lib/store/log/filter';
import { moveFitting } from '../../../lib/store/log/move';
import { queueNameOf } from '../../shared/queue';
import { collectionOf, requiredText, textOf } from '../fields';
import { readFilters } from '../filterFields';
import { longWork } from '../longWork';
import type { Operation, OperationContext } from '../operation';
import { wakeQueues } from '../replays';
import { NAME } from './move.properties';

export const move: Operation = {
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
