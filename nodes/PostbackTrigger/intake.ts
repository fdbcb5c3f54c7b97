import type { IDataObject, ITriggerFunctions, IWebhookFunctions } from 'n8n-workflow';
import { triggerConsumer } from '../../lib/store/lines';
import { MB } from '../../lib/transport/intake';
import { readAuthentication } from '../shared/intakeAuthentication';
import { storeOf } from '../shared/stores';
import type { HitIntake, HitReading } from './answer';
import { engineParameters, matchingOf } from './engines';
import { postbackScope } from './scope';

const DAY = 24 * 3600_000;

export type IntakeContext = Pick<
	IWebhookFunctions & ITriggerFunctions,
	'getWorkflow' | 'getNode' | 'getNodeParameter' | 'getCredentials' | 'logger'
>;

/** How a trigger's fields say that hits are read, and who may send them. */
export function readingOf(context: IntakeContext, settings: IDataObject): HitReading {
	const scope = postbackScope(context.getWorkflow().id, context.getNode().id);
	return {
		allowedAddresses: String(settings.allowedIps ?? ''),
		maxBodyBytes: Math.max(1, Number(settings.maxBodyMb ?? 10)) * MB,
		maxHits: Math.max(1, Number(settings.maxHits ?? 10_000)),
		authentication: async () => await readAuthentication(context),
		matching: () => matchingOf(scope, engineParameters(context)),
	};
}

/** How a trigger's fields say that hits are taken in. */
export function intakeOf(context: IntakeContext, settings: IDataObject): HitIntake {
	const workflowId = context.getWorkflow().id;
	const { id } = context.getNode();
	return {
		...readingOf(context, settings),
		store: async () => {
			const { store, settings: own } = await storeOf(context);
			return { store, maxBytes: own.maxBytes };
		},
		scope: postbackScope(workflowId, id),
		consumer: triggerConsumer(workflowId ?? 'unsaved', id),
		workflowId,
		deduplication: {
			by: (settings.deduplicateBy ?? 'none') as HitIntake['deduplication']['by'],
			hitKey: String(settings.deduplicationKey ?? ''),
			ms: Math.max(1, Number(settings.deduplicationDays ?? 14)) * DAY,
		},
		log: logOf(context),
	};
}

export const logOf =
	(context: Pick<IntakeContext, 'logger' | 'getNode'>): HitIntake['log'] =>
	(level, message) =>
		context.logger[level](`${context.getNode().name}: ${message}`);
