import type { IDataObject } from 'n8n-workflow';
import { readAttempts } from '../../../lib/store/log/entries';
import { notStored, requiredText } from '../fields';
import type { Operation } from '../operation';

export const getAttempts: Operation = {
	/** An item for each attempt, the first one first. */
	async execute({ node, store }, index): Promise<IDataObject[]> {
		const deliveryId = requiredText(node, index, ['attemptsOf', 'Delivery ID']);
		const attempts = await store.read(async (unit) => await readAttempts(unit, deliveryId));
		if (!attempts) throw notStored(deliveryId);
		return attempts.map(({ number, startedAt, verdict, ...rest }) => ({
			deliveryId,
			attempt: number,
			startedAt: new Date(startedAt).toISOString(),
			...rest,
			outcome: verdict,
		}));
	},
};
