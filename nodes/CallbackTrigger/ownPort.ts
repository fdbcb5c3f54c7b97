import type { ITriggerFunctions } from 'n8n-workflow';
import { listenWhileActive, readOwnPort } from '../shared/ownPort';
import { answerEvent } from './receive';
import { namesOf, type TriggerSettings } from './settings';

/**
 * Takes events in at a port of the trigger's own, if one is wanted, at the path of its webhook: a reverse proxy
 * can be turned to this port without the service that sends noticing. Gives what ends it.
 */
export async function listenForEvents(
	context: ITriggerFunctions,
	settings: TriggerSettings,
	isReady: () => boolean,
): Promise<() => Promise<void>> {
	const node = context.getNode();
	const ownPort = readOwnPort(node, settings.options);
	if (ownPort === undefined) return async () => undefined;
	const path = `/${node.webhookId}/callback`;
	return await listenWhileActive(context, ownPort, {
		owner: namesOf(context, false).scope,
		paths: [path, `/webhook${path}`],
		methods: ['POST'],
		isReady,
		// Parameters cannot be read any more once the trigger has started.
		answer: async (request) => await answerEvent(request, context, () => settings),
	});
}
