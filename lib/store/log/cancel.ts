import type { DeliveryStore } from '../deliveryStore';
import { cancelDeliveries } from '../endings';
import type { Unit } from '../unit';
import { idsOf, inParts, type PartsOptions } from './parts';

export interface CancelResult {
	cancelled: number;
	/** On their way, or with a workflow that has them, so that nobody can call them back. */
	underWay: number;
	stopped: boolean;
}

/** Cancels all waiting deliveries that fit a filter (design 5, rule 6). */
export async function cancelFitting(
	store: DeliveryStore,
	options: PartsOptions,
): Promise<CancelResult> {
	const result = { cancelled: 0, underWay: 0 };
	const filter = { ...options.filter, states: ['pending', 'retrying'] as const, tests: false };
	const { stopped } = await inParts(
		store,
		{ ...options, filter },
		async (unit, numbers) =>
			await cancel(
				unit,
				(await idsOf(unit, numbers)).map(({ id }) => id),
			),
		(one) => {
			result.cancelled += one.cancelled;
			result.underWay += one.underWay;
		},
	);
	return { ...result, stopped };
}

/** Cancels waiting deliveries by their ids, a few hundred at most; the others are not touched. */
export async function cancel(
	unit: Unit,
	ids: readonly string[],
): Promise<Omit<CancelResult, 'stopped'>> {
	if (ids.length === 0) return { cancelled: 0, underWay: 0 };
	const cancelled = await cancelDeliveries(unit, { ids });
	const row = await unit.db
		.selectFrom('deliveries')
		.select(({ fn }) => fn.countAll().as('count'))
		.where('id', 'in', unit.dialect.list(ids) as never)
		.where('settled_at', 'is', null)
		.executeTakeFirstOrThrow();
	return { cancelled, underWay: Number(row.count) };
}
