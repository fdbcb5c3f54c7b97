import type { IDataObject } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import { createScrubber } from '../../lib/delivery/masking';
import {
	AuthenticationError,
	type Authentication,
	type CredentialScope,
} from '../../lib/transport/authentication';
import { getDispatcher } from '../../lib/transport/dispatcher';
import type { EgressGuardOptions } from '../../lib/transport/egressGuard';
import { oauth2Authentication } from '../../lib/transport/oauth2/oauth2Authentication';
import {
	readOAuth2Settings,
	readRefreshStatuses,
	type OAuth2Grant,
	type OAuth2Settings,
} from '../../lib/transport/oauth2/settings';
import { tokenEndpointGuard } from '../../lib/transport/oauth2/tokenEndpoint';
import type { IssuedToken } from '../../lib/transport/oauth2/tokenAnswer';
import { requestToken, type TokenRequestMeans } from '../../lib/transport/oauth2/tokenRequest';
import { listOf } from './lists';

/** n8n's own filters, where there are any; our own check is made in any case. */
export type EgressFilters = Pick<EgressGuardOptions, 'filter' | 'instanceFilter'>;

/** Token requests are few: one for each credential at a time. */
const CONNECTIONS = 2;

/**
 * Applies an OAuth2 credential's tokens to requests.
 * @throws AuthenticationError that names the field which cannot be used
 * @throws HostPatternError when an allowed domain cannot be read
 */
export function oauth2AuthenticationOf(
	data: IDataObject,
	grant: OAuth2Grant,
	scope: CredentialScope,
	filters: EgressFilters,
): Authentication {
	return oauth2Authentication({
		settings: settingsOf(data, grant),
		scope,
		refreshOn: refreshStatusesOf(data),
		means: meansOf(data, filters),
	});
}

/**
 * Asks for a token as a sender would, past every token that is kept.
 * @throws AuthenticationError that tells what is wrong
 * @throws HostPatternError when an allowed domain cannot be read
 */
export async function tryOAuth2Credential(
	data: IDataObject,
	grant: OAuth2Grant,
): Promise<IssuedToken> {
	refreshStatusesOf(data);
	const settings = settingsOf(data, grant);
	const result = await requestToken(settings, meansOf(data, {}));
	if (result.ok) return result.token;
	const { message, verdict, code } = result.failure;
	throw new AuthenticationError(message, verdict, code);
}

const textOf = (value: unknown) => String(value ?? '');

const refreshStatusesOf = (data: IDataObject) =>
	readRefreshStatuses(textOf(data.refreshOnStatuses));

function settingsOf(data: IDataObject, grant: OAuth2Grant): OAuth2Settings {
	const basic = data.clientCredentialsType === 'basic';
	return readOAuth2Settings({
		grant,
		accessTokenUrl: textOf(data.accessTokenUrl),
		clientId: textOf(data.clientId),
		clientSecret: textOf(data.clientSecret),
		clientCredentialsType: basic ? (data.rawBasic === true ? 'basicRaw' : 'basic') : 'body',
		username: textOf(data.username),
		password: textOf(data.password),
		scope: textOf(data.scope),
		extraBodyParameters: textOf(data.extraBodyParameters),
	});
}

function meansOf(data: IDataObject, filters: EgressFilters): TokenRequestMeans {
	const guard = tokenEndpointGuard({ allowedHosts: listOf(data.allowedHosts), ...filters });
	return {
		dispatcher: getDispatcher({ guard, connectionsPerOrigin: CONNECTIONS }),
		clock: systemClock,
		scrubberOf: createScrubber,
	};
}
