import type { IDataObject } from 'n8n-workflow';
import {
	gatherStatistics,
	GROUPS,
	PERIODS,
	type Group,
	type Period,
	type StatisticsLine,
} from '../../../lib/store/log/statistics';
import { readFilters } from '../filterFields';
import { stopping, type Operation } from '../operation';
import { NAME } from './statistics.properties';

export const statistics: Operation = {
	/** An item for each period and group; one of zeros when nothing fits and nothing is told apart. */
	async execute(context, index): Promise<IDataObject[]> {
		const { node, store } = context;
		const chosen = String(node.getNodeParameter('period', index, 'whole'));
		const period: Period = Object.hasOwn(PERIODS, chosen) ? (chosen as Period) : 'whole';
		const by = GROUPS.find((group) => group === node.getNodeParameter('groupBy', index, 'none'));
		const filter = readFilters(node, NAME, index);
		const { lines, stopped } = await gatherStatistics(store, {
			filter,
			period,
			...(by ? { by } : {}),
			...stopping(context),
			onProgress: (done) => context.progress(`Statistics: ${done} deliveries counted`),
		});
		return lines.map((line) => ({ ...told(line, by), ...(stopped ? { stopped } : {}) }));
	},
};

function told(line: StatisticsLine, by: Group | undefined): IDataObject {
	const { period, group, deliveries, latency, inTime, attempts, untilSuccess, events } = line;
	const { delivered, dead } = deliveries;
	// null where nothing has arrived, or nothing has come to an end: neither good nor bad.
	const ofDelivered = <T>(value: T) => (delivered === 0 ? null : value);
	const percentile = (part: number) => ofDelivered(Math.round(latency.percentile(part)));
	return {
		...(period === undefined ? {} : { period: new Date(period).toISOString() }),
		...(by === undefined ? {} : { [by]: group ?? null }),
		deliveries,
		successRate: delivered + dead === 0 ? null : rounded(delivered / (delivered + dead)),
		latencyMs: {
			p50: percentile(0.5),
			p95: percentile(0.95),
			p99: percentile(0.99),
			max: ofDelivered(latency.max),
			mean: ofDelivered(Math.round(latency.mean)),
		},
		tenMinuteAim: {
			withinShare: ofDelivered(rounded(inTime / delivered)),
			isMet: ofDelivered(inTime / delivered >= 0.95),
		},
		attempts: {
			total: attempts,
			untilSuccess: Object.fromEntries([...untilSuccess].sort(([a], [b]) => a - b)),
		},
		events,
	};
}

const rounded = (share: number) => Math.round(share * 10_000) / 10_000;
