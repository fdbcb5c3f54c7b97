import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import { createHttpChannel } from '../../lib/delivery/httpChannel';
import { createSigner, SignatureError, type Signer } from '../../lib/delivery/signature';
import { postbackLook } from '../../lib/postbacks/store/look';
import { AuthenticationError } from '../../lib/transport/authentication';
import type { TlsOptions } from '../../lib/transport/connector';
import { getDispatcher } from '../../lib/transport/dispatcher';
import { createEgressGuard } from '../../lib/transport/egressGuard';
import { HostPatternError } from '../../lib/transport/hostPatterns';
import {
	authenticationOf,
	listOf,
	SIGNING_CREDENTIAL,
	signingSecretsOf,
	type AuthenticationChoice,
	withClientCertificate,
	type OwnAuthentication,
} from '../shared/credentials';
import { numberOption } from '../shared/parameters';
import { queueNameOf } from '../shared/queue';
import type { SenderRun } from '../shared/runSender';
import { readPolicy, timeScaleOf, type PolicyFields } from '../shared/senderSettings';
import type { ReadItems } from './requests';

const DAY = 24 * 3600_000;

/**
 * Reads the settings of an HTTP sender.
 * @throws NodeOperationError that names the field that is wrong
 */
export async function httpSender(
	context: IExecuteFunctions,
	items: ReadItems,
	options: IDataObject,
): Promise<SenderRun> {
	const node = context.getNode();
	const timeScale = timeScaleOf(process.env);
	const number = (name: string, label: string, otherwise: number) =>
		numberOption(node, options, [name, label], otherwise);
	const timeoutSeconds = number('timeoutSeconds', 'Timeout (Seconds)', 0);
	const policyOf = readPolicy(
		node,
		context.getNodeParameter('retryPolicy', 0, 'automatic') as string,
		context.getNodeParameter('retrySettings', 0, {}) as PolicyFields,
		timeoutSeconds > 0 ? timeoutSeconds : undefined,
		timeScale,
	);
	const concurrency = Math.max(1, number('concurrency', 'Concurrency', 50));
	const choice = context.getNodeParameter('authentication', 0, 'none') as AuthenticationChoice;
	try {
		const { helpers } = context;
		const guard = createEgressGuard({
			allowedHosts: listOf(options.allowedHosts),
			filter: helpers.getSecureEgressFilter?.('enforced'),
			instanceFilter: helpers.getSecureEgressFilter?.('safe'),
		});
		const own = await ownAuthentication(context, choice, items.literalOrigins);
		const signer = await signerOf(context);
		const channel = createHttpChannel({
			dispatcher: getDispatcher({
				guard,
				connectionsPerOrigin: concurrency,
				...(own.tls ? { tls: own.tls } : {}),
			}),
			clock: systemClock,
			authentication: own.authentication,
			defaultTimeoutMs: (delivery) => policyOf(delivery).timeoutMs,
			...(signer ? { signer } : {}),
		});
		return {
			inputs: items.inputs,
			invalid: items.invalid,
			role: 'sender:http',
			queue: queueNameOf(node, context.getWorkflow().id, options.queue),
			retries: context.getNodeParameter('retries', 0, 'queue') as 'queue' | 'output',
			channel,
			policyOf,
			concurrency,
			requestsPerSecond: Math.max(0, number('requestsPerSecond', 'Requests per Second', 0)),
			breaker: options.breaker !== false,
			timeScale,
			deduplicationMs: Math.max(1, number('deduplicationDays', 'Deduplication Days', 14)) * DAY,
			...(own.credentialName === undefined ? {} : { credentialName: own.credentialName }),
			...(options.endInactive === false ? {} : { lookOf: postbackLook }),
		};
	} catch (error) {
		throw asSetupError(context, error);
	}
}

/** The guard's list and the credential's hold entries of the same form; an error says whose it was. */
async function ownAuthentication(
	context: IExecuteFunctions,
	choice: AuthenticationChoice,
	literalOrigins: readonly string[],
): Promise<OwnAuthentication & { tls?: TlsOptions }> {
	try {
		const own = await authenticationOf(context, choice, literalOrigins);
		if (context.getNodeParameter('clientCertificate', 0, false) !== true) return own;
		return await withClientCertificate(context, own, literalOrigins);
	} catch (error) {
		if (!(error instanceof HostPatternError)) throw asSetupError(context, error);
		throw new NodeOperationError(
			context.getNode(),
			`The credential's field "Allowed Domains" cannot be read`,
			{ description: error.message },
		);
	}
}

async function signerOf(context: IExecuteFunctions): Promise<Signer | undefined> {
	if (context.getNodeParameter('sign', 0, false) !== true) return undefined;
	const data = await context.getCredentials<IDataObject>(SIGNING_CREDENTIAL);
	return createSigner(signingSecretsOf(data));
}

function asSetupError(context: IExecuteFunctions, error: unknown): unknown {
	const node = context.getNode();
	if (error instanceof HostPatternError) {
		return new NodeOperationError(node, 'Options › Allowed Private Hosts cannot be read', {
			description: error.message,
		});
	}
	if (error instanceof AuthenticationError) {
		return new NodeOperationError(node, 'The credential cannot be used', {
			description: error.message,
		});
	}
	if (error instanceof SignatureError) {
		return new NodeOperationError(node, 'The signing secret cannot be used', {
			description: error.message,
		});
	}
	return error;
}
