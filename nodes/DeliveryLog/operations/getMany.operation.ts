import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { readPage } from '../../../lib/store/log/entries';
import { markReported } from '../../../lib/store/log/reports';
import { STORED_STATUSES } from '../../../lib/store/schema';
import { FieldError } from '../errors';
import { collectionOf, numberOf, textOf } from '../fields';
import { filtersField, readFilters, readStates, stateField } from '../filterFields';
import { toItem } from '../items';
import { shownFor, stopping, type Operation } from '../operation';
import { bodiesOption } from './options';

const NAME = 'getMany';
/** Read at once, so that bodies do not pile up beside the items. */
const PAGE = 500;

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

export const getMany: Operation = {
	description: [
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
	],

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
