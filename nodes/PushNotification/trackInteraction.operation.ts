import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import {
	readInteraction,
	trackInteractions,
	type Interaction,
	type TrackedInteraction,
} from '../../lib/push';
import { openStore, toItems } from './itemWork';

type Read = { interaction: Interaction } | { problem: string; status: string };

/** Stores interactions and gives them on as experience events. */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const read = context.getInputData().map(({ json }): Read => {
		const reading = readInteraction(json);
		return reading.ok
			? { interaction: reading.interaction }
			: { problem: reading.problem, status: reading.status };
	});
	const interactions = read.flatMap((one) => ('problem' in one ? [] : [one.interaction]));
	const store = await openStore(context);
	const tracked = await store.write(async (unit) => await trackInteractions(unit, interactions));
	const next = tracked[Symbol.iterator]();
	// One event of many that cannot be read must not hold up the others, which nobody sends again.
	const told = read.map((one) =>
		'problem' in one
			? [{ trackingStatus: one.status, problem: one.problem }]
			: [shown(next.next().value as TrackedInteraction)],
	);
	return [toItems(context, told)];
}

function shown({ interaction, isKnown, ...about }: TrackedInteraction): object {
	const { event, type, actionId, launched, providerMessageId } = interaction;
	return {
		...event,
		trackingStatus: 'trackingInitiated',
		interaction: {
			type,
			launched,
			providerMessageId,
			...(actionId === undefined ? {} : { actionId }),
			...about,
			duplicate: isKnown,
		},
	};
}
