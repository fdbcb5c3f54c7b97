import type { IDataObject } from 'n8n-workflow';
import { CONTENT_TYPE, exposition } from '../../../lib/metrics/exposition';
import { endpointsInTrouble, queuesHealth } from '../../../lib/store/log/health';
import { countByEndpoint } from '../../../lib/store/log/overview';
import { gatherTotals } from '../../../lib/store/log/totals';
import { gatherWaiting } from '../../../lib/store/log/waiting';
import { collectionOf, numberOf } from '../fields';
import { familiesOf } from '../metrics/families';
import { stopping, type Operation } from '../operation';
import { workInHand } from '../workInHand';

/** Of each kind; a scrape is to come to its end within some seconds. */
const COUNT_AT_MOST = 200_000;
const ENDPOINTS = 50;

export const metrics: Operation = {
	/** One item with the text that Prometheus scrapes. */
	async execute(context, index): Promise<IDataObject[]> {
		const { node, store } = context;
		const { endpoints = ENDPOINTS } = collectionOf(node, 'metricsOptions', index);
		const most = numberOf(endpoints, 'Options › Endpoints', 1);
		const limits = { atMost: COUNT_AT_MOST, ...stopping(context) };
		const families = familiesOf({
			now: store.now(),
			totals: await gatherTotals(store, limits),
			waiting: await gatherWaiting(store, { filter: {}, ...limits }),
			dead: await countByEndpoint(store, { filter: { states: ['dead'] }, ...limits }),
			...(await store.read(async (unit) => ({
				troubled: await endpointsInTrouble(unit),
				queues: await queuesHealth(unit, store.boot),
			}))),
			storeBytes: await store.sizeBytes(),
			work: await workInHand(store),
			most,
		});
		return [{ text: exposition(families), contentType: CONTENT_TYPE }];
	},
};
