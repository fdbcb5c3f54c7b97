import type { IDataObject } from 'n8n-workflow';
import { listDestinations, markOwed } from '../../../lib/profiles';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { purgeFitting } from '../../../lib/store/log/purge';
import { FieldError } from '../errors';
import { numberOf } from '../fields';
import { readFilters, readStates } from '../filterFields';
import { longWork } from '../longWork';
import type { Operation } from '../operation';
import { NAME } from './purge.properties';

const DAY = 24 * 3_600_000;
/** Until then another process may not have seen that a delivery ended; see markOwed. */
const SETTLING_MS = 180_000;

export const purge: Operation = {
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
