import type { Dispatcher } from 'undici';
import type { Clock } from '../clock';
import { exchange, targetOf } from '../transport/exchange';
import { InFlight } from '../transport/inFlight';
import type { ApnsConnections } from './apns/connections';
import type { ApnsCredential } from './apns/credential';
import { signProviderToken } from './apns/providerToken';
import { classifyAnswer } from './errors';
import { requestAccessToken } from './fcm/accessToken';
import { readFcmAnswer } from './fcm/answer';
import type { FcmCredential } from './fcm/serviceAccount';

/** What a try of a credential showed. */
export interface Probe {
	ok: boolean;
	/** For people. */
	message: string;
}

const TIMEOUT_MS = 10_000;
/** A token that no device has: what is sent to it reaches nobody. */
const NO_DEVICE = '0'.repeat(64);
/** Nobody follows it, and nothing is sent to it. */
const NO_TOPIC = 'n8n-credential-test';

const NEVER = new AbortController().signal;
const unreachable = (provider: string, why: string): Probe => ({
	ok: true,
	message: `The key signs. ${provider} could not be asked whether it takes it: ${why}`,
});

/**
 * Tries an APNs credential: signs a provider token, and sends a background notification to a token that no
 * device has. APNs looks at the provider token first, so that its complaint about the device says that the
 * key is good.
 */
export async function probeApns(
	credential: ApnsCredential,
	connections: ApnsConnections,
	clock: Clock,
): Promise<Probe> {
	const token = await signProviderToken(credential, clock.now());
	const { keyId, teamId, bundleId, environment } = credential;
	const result = await connections.send({
		path: `/3/device/${NO_DEVICE}`,
		authorization: `bearer ${token}`,
		headers: {
			'apns-topic': bundleId,
			'apns-push-type': 'background',
			'apns-priority': '5',
			'apns-expiration': '0',
		},
		body: '{"aps":{"content-available":1}}',
		timeoutMs: TIMEOUT_MS,
		signal: NEVER,
	});
	if (result.statusCode === undefined) {
		return unreachable('APNs', result.failure?.message ?? 'no answer');
	}
	const reason = /"reason"\s*:\s*"(\w+)"/.exec(result.body?.toString('utf8') ?? '')?.[1];
	const { statusCode } = result;
	if (reason === 'InvalidProviderToken') {
		return {
			ok: false,
			message: `APNs does not take the key: the Team ID ${teamId} is not that of the key's team, the Key ID ${keyId} is that of another key, or the key was revoked`,
		};
	}
	if (reason === 'ExpiredProviderToken') {
		return { ok: false, message: "APNs finds the token too old: set this machine's clock" };
	}
	if (statusCode === 200 || reason === 'BadDeviceToken' || reason === 'DeviceTokenNotForTopic') {
		return { ok: true, message: `The key signs, and APNs takes it (${environment}, ${bundleId})` };
	}
	const judged = classifyAnswer(
		{ provider: 'apns', statusCode, reason },
		{ environmentKnown: false },
	);
	if (judged.class === 'retry') return unreachable('APNs', judged.reason);
	return { ok: false, message: judged.reason };
}

/**
 * Tries an FCM credential: gets an access token, and lets FCM check a message without sending it
 * (`validate_only`).
 */
export async function probeFcm(
	credential: FcmCredential,
	dispatcher: Dispatcher,
	clock: Clock,
): Promise<Probe> {
	const issued = await requestAccessToken(credential, { dispatcher, clock });
	if (!issued.ok) {
		const { message, verdict } = issued.failure;
		return verdict === 'retry' ? unreachable('Google', message) : { ok: false, message };
	}
	const { origin, projectId } = credential;
	const url = new URL(`${origin}/v1/projects/${projectId}/messages:send`);
	const body = JSON.stringify({ validate_only: true, message: { topic: NO_TOPIC } });
	const result = await exchange(
		{ dispatcher, inFlight: new InFlight(clock) },
		{
			target: targetOf(url),
			method: 'POST',
			headers: [
				'content-type',
				'application/json;charset=utf-8',
				'authorization',
				`Bearer ${issued.token.accessToken}`,
			],
			body: Buffer.from(body),
			timeoutMs: TIMEOUT_MS,
			signal: NEVER,
		},
	);
	if (result.statusCode === undefined) {
		return unreachable('FCM', result.failure?.message ?? 'no answer');
	}
	const answer = readFcmAnswer(result.statusCode, result.body?.toString('utf8') ?? '');
	const judged = classifyAnswer(answer, { environmentKnown: false });
	if (judged.class === 'accepted' || answer.reason === 'INVALID_ARGUMENT') {
		return { ok: true, message: `The key signs, and FCM takes it for the project ${projectId}` };
	}
	if (judged.class === 'retry') return unreachable('FCM', judged.reason);
	return { ok: false, message: judged.reason };
}
