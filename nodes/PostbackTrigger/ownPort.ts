import type { IDataObject, ITriggerFunctions } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import { readAuthentication } from '../shared/intakeAuthentication';
import { listenWhileActive, readOwnPort } from '../shared/ownPort';
import { remembered } from '../shared/remembered';
import { answerHits, type HitIntake } from './answer';
import type { Matching } from './engines';
import { intakeOf } from './intake';

/** A credential that was changed counts after so long. */
const CREDENTIAL_MS = 10_000;

/** The store that a trigger has open, while it has one. */
export type OpenStore = Awaited<ReturnType<HitIntake['store']>>;

/**
 * Takes hits in at a port of the trigger's own, if one is wanted: as its webhook does, without n8n between.
 * Gives what ends it.
 */
export async function listenForHits(
	context: ITriggerFunctions,
	settings: IDataObject,
	matching: Matching,
	openStore: () => OpenStore | undefined,
): Promise<() => Promise<void>> {
	const ownPort = readOwnPort(context.getNode(), settings);
	if (ownPort === undefined) return async () => undefined;
	const intake = ownIntake(context, settings, matching, openStore);
	const path = String(context.getNodeParameter('path', '')).replace(/^\/+|\/+$/g, '');
	return await listenWhileActive(context, ownPort, {
		owner: intake.scope,
		// The second one lets a reverse proxy be turned to this port without any sender noticing.
		paths: [`/${path}`, `/webhook/${path}`],
		methods: ['GET', 'POST'],
		isReady: () => openStore() !== undefined,
		answer: async (request) => await answerHits(request, intake),
	});
}

/** What costs n8n something at every request is read once, or once in a while. */
function ownIntake(
	context: ITriggerFunctions,
	settings: IDataObject,
	matching: Matching,
	openStore: () => OpenStore | undefined,
): HitIntake {
	const usual = intakeOf(context, settings);
	// Parameters cannot be read any more once the trigger has started; credentials can.
	const kind = context.getNodeParameter('authentication', 'none');
	const reading = {
		getNodeParameter: () => kind,
		getCredentials: async <T extends object>(type: string) => await context.getCredentials<T>(type),
	};
	return {
		...usual,
		matching: () => matching,
		authentication: remembered(
			systemClock,
			CREDENTIAL_MS,
			async () => await readAuthentication(reading),
		),
		store: async () => openStore() ?? (await usual.store()),
	};
}
