import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';
import { checkConfiguration, PushSetupError, type ChannelConfiguration } from '../../lib/push';
import { filtersOf } from '../shared/credentials';
import {
	APNS_CREDENTIAL,
	apnsMeans,
	FCM_CREDENTIAL,
	fcmMeans,
	type ApnsMeans,
	type FcmMeans,
} from '../shared/pushCredentials';
import { presetOf, trackingOf } from './messageFields';

/** What a node sends with. */
export interface Sending {
	configuration: ChannelConfiguration;
	apns?: ApnsMeans;
	fcm?: FcmMeans;
}

/**
 * Reads the channel configuration and its credentials, each once for an execution.
 * @throws NodeOperationError that names the field and how to mend it
 */
export async function readConfiguration(
	context: IExecuteFunctions,
	concurrency: number,
): Promise<Sending> {
	const text = (name: string) => String(context.getNodeParameter(name, 0, '') ?? '').trim();
	const node = context.getNode();
	const filters = filtersOf(context);
	const defaults = presetOf(context);
	const tracking = trackingOf(context);
	const apns = await credentialOf(context, APNS_CREDENTIAL, (data) => apnsMeans(data, filters));
	const fcm = await credentialOf(context, FCM_CREDENTIAL, (data) =>
		fcmMeans(data, filters, concurrency),
	);
	try {
		const configuration = checkConfiguration({
			id: `${context.getWorkflow().id ?? 'unsaved'}/${node.id}`,
			name: text('configurationName'),
			iosAppId: text('iosAppId'),
			androidAppId: text('androidAppId'),
			defaults,
			...(apns ? { apns: apns.credential } : {}),
			...(fcm ? { fcm: fcm.credential } : {}),
			...(tracking ? { tracking } : {}),
		});
		return { configuration, ...(apns ? { apns } : {}), ...(fcm ? { fcm } : {}) };
	} catch (error) {
		throw asSetupError(context, error, 'The channel configuration is not right');
	}
}

async function credentialOf<T>(
	context: IExecuteFunctions,
	type: string,
	read: (data: IDataObject) => T,
): Promise<T | undefined> {
	const chosen = context.getNode().credentials?.[type];
	if (!chosen) return undefined;
	const data = await context.getCredentials<IDataObject>(type);
	try {
		return read(data);
	} catch (error) {
		throw asSetupError(context, error, `The credential "${chosen.name}" cannot be used`);
	}
}

function asSetupError(context: IExecuteFunctions, error: unknown, message: string): unknown {
	if (!(error instanceof PushSetupError)) return error;
	const [only] = error.problems;
	if (error.problems.length === 1) return new NodeOperationError(context.getNode(), only);
	return new NodeOperationError(context.getNode(), message, {
		description: error.problems.join('\n'),
	});
}
