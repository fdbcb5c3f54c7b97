import type { IDataObject } from 'n8n-workflow';
import type { Operation } from '../operation';
import { shareOf, workInHand } from '../workInHand';

const iso = (at: number) => new Date(at).toISOString();
const rounded = (share: number) => Math.round(share * 1_000) / 1_000;

export const progress: Operation = {
	/** An item for each backfill and each replay, purge and the like that takes long. */
	async execute({ store }): Promise<IDataObject[]> {
		const { backfills, works } = await workInHand(store);
		const all = [
			...backfills.map(({ name, status, lookedAt, total, startedAt, updatedAt, ...rest }) => ({
				at: startedAt,
				json: {
					work: 'Backfill',
					destination: name,
					status,
					share: rounded(status === 'done' ? 1 : shareOf(lookedAt, total)),
					profiles: {
						total,
						lookedAt,
						exported: rest.exported,
						withoutSnapshot: rest.withoutSnapshot,
					},
					startedAt: iso(startedAt),
					updatedAt: iso(updatedAt),
				},
			})),
			...works.map(
				({ what, status, share, done, startedAt, updatedAt, workflowId, executionId }) => ({
					at: startedAt,
					json: {
						work: what,
						status,
						share: rounded(status === 'done' ? 1 : share),
						deliveries: done,
						startedAt: iso(startedAt),
						updatedAt: iso(updatedAt),
						...(workflowId === undefined ? {} : { workflowId }),
						...(executionId === undefined ? {} : { executionId }),
					},
				}),
			),
		];
		return all.sort((a, b) => b.at - a.at).map(({ json }) => json);
	},
};
