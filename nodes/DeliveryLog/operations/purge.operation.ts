import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { listDestinations, markOwed } from '../../../lib/profiles';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { purgeFitting } from '../../../lib/store/log/purge';
import { FieldError } from '../errors';
import { numberOf } from '../fields';
import { filtersField, readFilters, readStates, stateField } from '../filterFields';
import { longWork } from '../longWork';
import { shownFor, type Operation } from '../operation';

const NAME = 'purge';
const DAY = 24 * 3_600_000;
/** Until then another process may not have seen that a delivery ended; see markOwed. */
const SETTLING_MS = 180_000;

const description: INodeProperties[] = [
	{
		displayName:
			'Removes deliveries for good, with their attempts. The delivery store does so by itself when their time is over; what waits is never removed.',
		name: 'purgeNotice',
		type: 'notice',
		default: '',
		displayOptions: shownFor(NAME),
	},
	stateField(NAME, ['delivered', 'dead', 'closed'], ['delivered', 'closed']),
	{
		displayName: 'Older Than (Days)',
		name: 'purgeDays',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 7,
		displayOptions: shownFor(NAME),
		description: 'Only what ended at least so many days ago; 0 is everything that has ended',
	},
	filtersField(NAME),
];

export const purge: Operation = {
	description,

	async execute(context, index): Promise<IDataObject[]> {
		const { node, store } = context;
		const states = readStates(node, NAME, index);
		if (!states) throw new FieldError('States', 'are empty', 'Choose at least one.');
		const days = numberOf(node.getNodeParameter('purgeDays', index, 7), 'Older Than (Days)', 0);
		await markAllOwed(store);
		const filter = {
			...readFilters(node, NAME, index),
			states,
			endedBefore: store.now() - Math.max(days * DAY, store.isShared ? SETTLING_MS : -1),
		};
		const { purged, stopped } = await longWork(
			context,
			'Purge',
			async (part) => await purgeFitting(store, { filter, ...part }),
		);
		return [{ purged, ...(stopped ? { stopped } : {}) }];
	},
};

/** Profiles whose export died owe one, which is read from the delivery as long as it is stored. */
async function markAllOwed(store: DeliveryStore): Promise<void> {
	const destinations = await store.read(async (unit) => await listDestinations(unit));
	for (const { id } of destinations) {
		while ((await store.write(async (unit) => await markOwed(unit, id))) > 0);
	}
}
