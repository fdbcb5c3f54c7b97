import type { IDataObject } from 'n8n-workflow';
import { readPage } from '../../../lib/store/log/entries';
import { markReported } from '../../../lib/store/log/reports';
import { FieldError } from '../errors';
import { collectionOf, numberOf, textOf } from '../fields';
import { readFilters, readStates } from '../filterFields';
import { toItem } from '../items';
import { stopping, type Operation } from '../operation';
import { NAME } from './getMany.properties';

/** Read at once, so that bodies do not pile up beside the items. */
const PAGE = 500;

export const getMany: Operation = {
	async execute(context, index): Promise<IDataObject[]> {
		const { node, store } = context;
		const states = readStates(node, NAME, index);
		const filter = { ...readFilters(node, NAME, index), ...(states ? { states } : {}) };
		const all = node.getNodeParameter('returnAll', index, false) === true;
		const limit = all
			? Number.MAX_SAFE_INTEGER
			: Math.floor(numberOf(node.getNodeParameter('limit', index, 50), 'Limit', 1));
		const { after, bodies, mark, order } = collectionOf(node, 'getManyOptions', index);
		const items: IDataObject[] = [];
		let next = cursorOf(after);
		do {
			const page = await readPage(store, {
				filter,
				order: order === 'oldest' ? 'oldest' : 'newest',
				limit: Math.min(PAGE, limit - items.length),
				...(next === undefined ? {} : { after: next }),
				...stopping(context),
			});
			for (const entry of page.entries) items.push(toItem(entry, bodies === true));
			const told = page.entries.filter(({ state, isReported }) => state === 'dead' && !isReported);
			if (mark === true && told.length > 0) {
				const numbers = told.map(({ no }) => no);
				await store.write(async (unit) => await markReported(unit, numbers));
			}
			next = page.next;
		} while (next !== undefined && items.length < limit);
		return items;
	},
};

function cursorOf(after: unknown): number | undefined {
	const text = textOf(after);
	if (text === '') return undefined;
	const number = Number(text);
	if (Number.isSafeInteger(number) && number > 0) return number;
	throw new FieldError(
		'Options › After:',
		`"${text}" is no cursor`,
		'It is the field stored.cursor of an item of this node, such as {{ $json.stored.cursor }}.',
	);
}
