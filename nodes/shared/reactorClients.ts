import type { IDataObject } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import { ReactorClient } from '../../lib/callbacks/reactor/client';
import { ReactorError } from '../../lib/callbacks/reactor/errors';
import {
	adobeHeaders,
	readBaseUrl,
	type ReactorService,
	type WriteForm,
} from '../../lib/callbacks/reactor/settings';
import { bearerAuthentication } from '../../lib/transport/authentication';
import { getDispatcher } from '../../lib/transport/dispatcher';
import { tokenEndpointGuard } from '../../lib/transport/oauth2/tokenEndpoint';
import { filtersOf } from './credentials';
import { listOf } from './lists';
import { oauth2AuthenticationOf, type EgressFilters } from './oauth2Credentials';
import type { StoreContext } from './stores';

export const REACTOR_CREDENTIAL = 'postbackReactorApi';
export const REMOTE_CREDENTIAL = 'postbackRemoteCallbackApi';

/** Whose callbacks: Adobe's, or those of another n8n with a Callback API Trigger. */
export type RemoteService = 'adobe' | 'remote';

/** Control requests are few. */
const CONNECTIONS = 4;

export interface ReactorClientOptions {
	/** Adobe's API takes either; another n8n too. */
	writeForm?: WriteForm;
	signal?: AbortSignal;
}

/** A client, and where it asks. */
export interface RemoteClient {
	client: ReactorClient;
	baseUrl: string;
}

/**
 * A client with the node's credential.
 * @throws ReactorError, AuthenticationError, HostPatternError that name the credential's field
 */
export async function reactorServiceOf(
	context: StoreContext,
	service: RemoteService,
	options: ReactorClientOptions = {},
): Promise<RemoteClient> {
	const type = service === 'adobe' ? REACTOR_CREDENTIAL : REMOTE_CREDENTIAL;
	const data = await context.getCredentials<IDataObject>(type);
	const known = serviceOf(service, data, filtersOf(context), options);
	return { client: clientWith(data, known, options, context), baseUrl: known.baseUrl };
}

/** A client for a service that is known already. */
export function clientWith(
	data: IDataObject,
	service: ReactorService,
	{ signal }: ReactorClientOptions = {},
	context?: StoreContext,
): ReactorClient {
	const guard = tokenEndpointGuard({
		allowedHosts: listOf(data.allowedHosts),
		...(context ? filtersOf(context) : {}),
	});
	return new ReactorClient(
		service,
		{
			dispatcher: getDispatcher({ guard, connectionsPerOrigin: CONNECTIONS }),
			clock: systemClock,
			random: Math.random,
		},
		signal,
	);
}

/**
 * Where a credential leads, and with what.
 * @throws ReactorError, AuthenticationError that name the credential's field
 */
export function serviceOf(
	service: RemoteService,
	data: IDataObject,
	filters: EgressFilters,
	{ writeForm = 'guide' }: ReactorClientOptions = {},
	/** In place of what the credential would ask for. */
	accessToken?: string,
): ReactorService {
	const baseUrl = readBaseUrl(textOf(data.baseUrl));
	const scope = { literalOrigins: [new URL(baseUrl).origin] };
	if (service === 'remote') {
		const token = accessToken ?? textOf(data.token).trim();
		if (token === '') throw new ReactorError('Access Token is empty', { kind: 'invalid' });
		return {
			baseUrl,
			authentication: bearerAuthentication(token, scope),
			headers: {},
			writeForm,
		};
	}
	const headers = adobeHeaders(textOf(data.clientId), textOf(data.organizationId));
	const authentication =
		accessToken === undefined
			? oauth2AuthenticationOf(data, 'clientCredentials', scope, filters)
			: bearerAuthentication(accessToken, scope);
	return { baseUrl, authentication, headers, writeForm };
}

const textOf = (value: unknown) => String(value ?? '');
