import type { ITriggerFunctions } from 'n8n-workflow';
import { systemClock, type Clock } from '../../lib/clock';
import type { RegistrationOutcome } from '../../lib/callbacks/registrations/register';
import { keepRegistered } from './registrar';
import { namesOf, optionOf, type TriggerSettings } from './settings';

const MINUTE = 60_000;
/** After a failure a look comes sooner, then later each time, up to the usual interval. */
const FIRST_RETRY_MS = 15_000;
/** The webhook is activated beside the trigger; what it notes is there soon. */
const UNTIL_KNOWN_MS = 2_000;

/** How often is looked whether a registration is still there. */
export const lookIntervalMs = (context: ITriggerFunctions, { options }: TriggerSettings): number =>
	optionOf(context.getNode(), options, ['lookMinutes', 'Look Every (Minutes)'], 5, 1) * MINUTE;

/**
 * Looks after a registration until it is told to stop: n8n asks for it only when a workflow is published,
 * and what the other side has lost since would stay lost. Never throws.
 */
export async function lookAfter(
	context: ITriggerFunctions,
	settings: TriggerSettings,
	stop: AbortSignal,
	clock: Clock = systemClock,
): Promise<void> {
	const { registration } = namesOf(context, false);
	const interval = lookIntervalMs(context, settings);
	const published = ['activate', 'update'].includes(context.getActivationMode());
	let failures = 0;
	// Publishing registers by itself; after a start of n8n nobody else does.
	if (published) await clock.sleep(interval, stop);
	while (!stop.aborted) {
		let wait = interval;
		try {
			const outcome = await keepRegistered(context, registration, settings);
			if (failures > 0 && outcome) context.logger.info(`${labelOf(context)}: registered again.`);
			failures = 0;
			if (outcome) tell(context, outcome);
			else wait = Math.min(interval, UNTIL_KNOWN_MS);
		} catch (error) {
			wait = Math.min(interval, FIRST_RETRY_MS * 2 ** Math.min(failures++, 10));
			context.logger.warn(
				`${labelOf(context)}: its callback could not be looked after: ${(error as Error).message}. Trying again in ${Math.round(wait / 1_000)} s.`,
			);
		}
		await clock.sleep(wait, stop);
	}
}

const labelOf = (context: ITriggerFunctions) =>
	`${context.getNode().name} (${context.getNode().type})`;

function tell(context: ITriggerFunctions, { action, callbackId }: RegistrationOutcome): void {
	if (action === 'kept') return;
	const what = {
		created: 'was registered, since it was not there',
		adopted: 'was there already and is used',
		updated: 'was brought into step',
	}[action];
	context.logger.info(`${labelOf(context)}: the callback ${callbackId} ${what}.`);
}
