import { NodeOperationError, type IHookFunctions } from 'n8n-workflow';
import { startSampleRun, wantsSample } from '../shared/sampleRun';
import { storeOf } from '../shared/stores';
import { currentTarget, keepRegistered, prepareRemoval, rememberUrl } from './registrar';
import { keepInstead, removeLater, removeNow } from './removals';
import { namesOf, readSettings } from './settings';

/** "Listen for test event" registers the test URL, for as long as it listens. */
const isTest = (context: IHookFunctions) => context.getActivationMode() === 'manual';

/**
 * Asked before a registration is made. At a start of n8n an error would switch the trigger off for good:
 * the URL is noted then, and the trigger itself looks after the rest.
 */
export async function checkExists(context: IHookFunctions): Promise<boolean> {
	if (wantsSample(context)) {
		// Nobody else has to reach this n8n for it, so nothing is registered.
		startSampleRun(context);
		return true;
	}
	if (!['init', 'leadershipChange'].includes(context.getActivationMode())) return false;
	try {
		const { store } = await storeOf(context);
		const { registration } = namesOf(context, false);
		await rememberUrl(store, registration, urlOf(context));
	} catch (error) {
		// It was noted when the workflow was published.
		context.logger.warn(`${context.getNode().name}: ${(error as Error).message}`);
	}
	return true;
}

/**
 * Registers.
 * @throws NodeOperationError that says why it could not
 */
export async function create(context: IHookFunctions): Promise<boolean> {
	const node = context.getNode();
	const settings = readSettings(context);
	const url = urlOf(context);
	if (settings.service === 'adobe' && !url.startsWith('https://')) {
		throw new NodeOperationError(
			node,
			`Adobe sends to https URLs only, and this n8n's webhooks are at ${new URL(url).origin}: set WEBHOOK_URL to where it is reached from outside`,
		);
	}
	const { registration } = namesOf(context, isTest(context));
	try {
		await keepInstead(registration, await currentTarget(context, settings), context.logger);
		const { store } = await storeOf(context);
		await rememberUrl(store, registration, url);
		await keepRegistered(context, registration, settings);
		return true;
	} catch (error) {
		// n8n shows only the message of an error at publication, not its description.
		throw new NodeOperationError(
			node,
			`The callback could not be registered: ${(error as Error).message}`,
		);
	}
}

/** Ends the registration. A failure is told in the log: it must not keep a workflow from being unpublished. */
export async function remove(context: IHookFunctions): Promise<boolean> {
	if (wantsSample(context)) return true;
	const { registration } = namesOf(context, isTest(context));
	try {
		const removal = await prepareRemoval(context, registration, readSettings(context));
		if (!removal) return true;
		if (isTest(context)) await removeNow(removal, context.logger);
		else removeLater(registration, removal, context.logger);
	} catch (error) {
		context.logger.warn(
			`${context.getNode().name}: its callback could not be removed: ${(error as Error).message}. It is adopted when the workflow is published again; else remove it with Callback Subscribe.`,
		);
	}
	return true;
}

function urlOf(context: IHookFunctions): string {
	const url = context.getNodeWebhookUrl('default');
	if (url) return url;
	throw new NodeOperationError(context.getNode(), 'n8n gives this node no webhook URL');
}
