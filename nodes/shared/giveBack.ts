import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';
import { releaseDeliveries } from '../../lib/store/leases';
import { storeOf } from './stores';

/** When deliveries that could not be sent for the node's set-up come again. */
const AFTER_SETUP_ERROR_MS = 60_000;

/**
 * Does a sender's work. An error here means that the workflow is set up wrongly, and that must not wear
 * deliveries out: those in the input come again later, as if they had never been claimed.
 * @throws NodeOperationError what `work` throws
 */
export async function orGiveBack<T>(
	context: IExecuteFunctions,
	work: () => Promise<T>,
): Promise<T> {
	const outcome = await work().then(
		(value) => ({ value }),
		(error: Error) => ({ error }),
	);
	if ('value' in outcome) return outcome.value;
	if (context.getMode() !== 'manual') await giveBack(context);
	const { error } = outcome;
	throw error instanceof NodeOperationError
		? error
		: new NodeOperationError(context.getNode(), error);
}

async function giveBack(context: IExecuteFunctions): Promise<void> {
	const byLease = leasesOf(context);
	if (byLease.size === 0) return;
	try {
		const { store } = await storeOf(context);
		const dueAt = store.now() + AFTER_SETUP_ERROR_MS;
		await store.write(async (unit) => {
			for (const [lease, ids] of byLease) {
				await releaseDeliveries(
					unit,
					lease,
					ids.map((id) => ({ id, dueAt })),
				);
			}
		});
	} catch (error) {
		// Their leases lapse, and they come again all the same.
		context.logger.warn(`${context.getNode().name}: ${(error as Error).message}`);
	}
}

function leasesOf(context: IExecuteFunctions): Map<string, string[]> {
	const byLease = new Map<string, string[]>();
	for (const { json } of context.getInputData()) {
		const { id, lease } = (json.delivery ?? {}) as IDataObject;
		if (typeof id !== 'string' || typeof lease !== 'string') continue;
		const ids = byLease.get(lease);
		if (ids) ids.push(id);
		else byLease.set(lease, [id]);
	}
	return byLease;
}
