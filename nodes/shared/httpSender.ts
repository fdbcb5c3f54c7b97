import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import type { Delivery } from '../../lib/delivery/delivery';
import { createHttpChannel, type HttpChannelOptions } from '../../lib/delivery/httpChannel';
import type { RetryPolicy } from '../../lib/delivery/presets';
import { SignatureError } from '../../lib/delivery/signature';
import { AuthenticationError } from '../../lib/transport/authentication';
import type { TlsOptions } from '../../lib/transport/connector';
import { getDispatcher } from '../../lib/transport/dispatcher';
import { createEgressGuard } from '../../lib/transport/egressGuard';
import { HostPatternError } from '../../lib/transport/hostPatterns';
import { ProxySettingsError } from '../../lib/transport/proxySettings';
import {
	authenticationOf,
	listOf,
	withClientCertificate,
	type AuthenticationChoice,
	type OwnAuthentication,
} from './credentials';
import { numberOption } from './parameters';
import { queueNameOf } from './queue';
import type { SenderRun } from './runSender';
import { readPolicy, timeScaleOf, type PolicyFields } from './senderSettings';

/** What is said of senders over HTTP alike. */
export type HttpSender = Pick<
	SenderRun,
	| 'queue'
	| 'retries'
	| 'channel'
	| 'concurrency'
	| 'requestsPerSecond'
	| 'breaker'
	| 'timeScale'
	| 'credentialName'
> &
	Pick<OwnAuthentication, 'headerNames'> & {
		policyOf: (delivery: Pick<Delivery, 'kind'>) => RetryPolicy;
	};

export interface HttpSenderChoices {
	/** The parameter "Options". */
	options: IDataObject;
	/** Origins that stand literally in the node. */
	literalOrigins: readonly string[];
	/** The retry policy of a node that says nothing of it. */
	retryPolicy: string;
	/** How messages are signed. */
	signing?: () => Promise<Pick<HttpChannelOptions, 'signer' | 'signerOf'>>;
}

/**
 * Reads the settings that senders over HTTP have in common: authentication, retry policy, pace, guard.
 * @throws NodeOperationError that names the field that is wrong
 */
export async function httpSenderOf(
	context: IExecuteFunctions,
	{ options, literalOrigins, retryPolicy, signing }: HttpSenderChoices,
): Promise<HttpSender> {
	const node = context.getNode();
	const timeScale = timeScaleOf(process.env);
	const number = (name: string, label: string, otherwise: number) =>
		numberOption(node, options, [name, label], otherwise);
	const timeoutSeconds = number('timeoutSeconds', 'Timeout (Seconds)', 0);
	const policyOf = readPolicy(
		node,
		context.getNodeParameter('retryPolicy', 0, retryPolicy) as string,
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
		const own = await ownAuthentication(context, choice, literalOrigins);
		const proxy = String(options.proxy ?? '').trim();
		const channel = createHttpChannel({
			dispatcher: getDispatcher({
				guard,
				connectionsPerOrigin: concurrency,
				...(proxy === '' ? {} : { proxy: { http: proxy, https: proxy } }),
				...(own.tls ? { tls: own.tls } : {}),
			}),
			clock: systemClock,
			authentication: own.authentication,
			defaultTimeoutMs: (delivery) => policyOf(delivery).timeoutMs,
			...(await signing?.()),
		});
		return {
			queue: queueNameOf(node, context.getWorkflow().id, options.queue),
			retries: context.getNodeParameter('retries', 0, 'queue') as 'queue' | 'output',
			channel,
			policyOf,
			concurrency,
			requestsPerSecond: Math.max(0, number('requestsPerSecond', 'Requests per Second', 0)),
			breaker: options.breaker !== false,
			timeScale,
			headerNames: own.headerNames,
			...(own.credentialName === undefined ? {} : { credentialName: own.credentialName }),
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

function asSetupError(context: IExecuteFunctions, error: unknown): unknown {
	const message = setupMessage(error);
	if (message === undefined) return error;
	return new NodeOperationError(context.getNode(), message, {
		description: (error as Error).message,
	});
}

function setupMessage(error: unknown): string | undefined {
	if (error instanceof HostPatternError) return 'Options › Allowed Private Hosts cannot be read';
	if (error instanceof AuthenticationError) return 'The credential cannot be used';
	if (error instanceof SignatureError) return 'The signing secret cannot be used';
	if (error instanceof ProxySettingsError) return 'Options › Egress Proxy cannot be used';
	return undefined;
}
