import { createHash } from 'node:crypto';
import { AuthenticationError, REFRESH_STATUSES } from '../authentication';

/** RFC 6749, 4.4 and 4.3. */
export type OAuth2Grant = 'clientCredentials' | 'password';

/**
 * Where the client's id and secret stand: in the body; in a Basic header, form-urlencoded before
 * base64 as RFC 6749, 2.3.1 says; or in a Basic header just as they are.
 */
export type ClientCredentialsType = 'body' | 'basic' | 'basicRaw';

/** A credential's fields as an operator wrote them. */
export interface OAuth2Fields {
	grant: OAuth2Grant;
	accessTokenUrl: string;
	clientId: string;
	clientSecret: string;
	clientCredentialsType: ClientCredentialsType;
	/** Of the password grant. */
	username?: string;
	password?: string;
	scope?: string;
	/** `name=value&name=value`, form-urlencoded. */
	extraBodyParameters?: string;
}

/** Fields that were looked through: what a token request is made of. */
export interface OAuth2Settings extends Readonly<Required<OAuth2Fields>> {
	/** The parsed Access Token URL. */
	readonly url: URL;
	/** Beside the ones that OAuth2 defines. */
	readonly extra: ReadonlyArray<readonly [name: string, value: string]>;
	/** The same for the same content; tells nothing of it. */
	readonly key: string;
}

/** Set by the grant itself. */
const OWN_PARAMETERS: ReadonlySet<string> = new Set([
	'grant_type',
	'client_id',
	'client_secret',
	'username',
	'password',
	'scope',
	'refresh_token',
]);

/**
 * Looks through the fields of an OAuth2 credential.
 * @throws AuthenticationError that names the field and never shows a secret.
 */
export function readOAuth2Settings(fields: OAuth2Fields): OAuth2Settings {
	const { grant, clientSecret, clientCredentialsType } = fields;
	const clientId = fields.clientId.trim();
	const { username = '', password = '', extraBodyParameters = '' } = fields;
	const scope = (fields.scope ?? '').trim().replace(/\s+/g, ' ');
	const url = readUrl(fields.accessTokenUrl.trim(), grant);
	if (clientId === '') throw unusable('Client ID is empty');
	if (clientSecret === '' && (grant === 'clientCredentials' || clientCredentialsType !== 'body')) {
		throw unusable('Client Secret is empty');
	}
	if (grant === 'password' && username === '') throw unusable('Username is empty');
	if (grant === 'password' && password === '') throw unusable('Password is empty');
	const known = {
		grant,
		accessTokenUrl: url.href,
		clientId,
		clientSecret,
		clientCredentialsType,
		username: grant === 'password' ? username : '',
		password: grant === 'password' ? password : '',
		scope,
		extraBodyParameters: extraBodyParameters.trim(),
	};
	return {
		...known,
		url,
		extra: readExtra(known.extraBodyParameters),
		key: createHash('sha256').update(JSON.stringify(known)).digest('base64'),
	};
}

/**
 * The statuses after which a token is renewed: 401 and 407, and those that the operator names, since
 * not every receiver tells an expired token by these.
 * @param text numbers separated by commas
 * @throws AuthenticationError that names what is no such status.
 */
export function readRefreshStatuses(text: string): readonly number[] {
	const named = text.split(/[\s,]+/).filter((part) => part !== '');
	for (const part of named) {
		if (/^[45]\d\d$/.test(part)) continue;
		throw unusable(`Refresh On Statuses holds "${part}"; write numbers from 400 to 599`);
	}
	return [...new Set([...REFRESH_STATUSES, ...named.map(Number)])];
}

function readUrl(text: string, grant: OAuth2Grant): URL {
	if (text === '') throw unusable('Access Token URL is empty');
	const url = URL.parse(text);
	if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
		throw unusable('Access Token URL is no absolute http or https URL');
	}
	if (url.username !== '' || url.password !== '') {
		throw unusable('Access Token URL holds a user or a password; they have fields of their own');
	}
	// RFC 6749, 3.2.
	if (url.hash !== '')
		throw unusable('Access Token URL holds a fragment (#…), which none may have');
	// The HTTP API destination's own limit for client credentials.
	if (grant === 'clientCredentials' && url.searchParams.size > 1) {
		throw unusable(
			'Access Token URL holds more than one query parameter; move the others to Extra Body Parameters',
		);
	}
	return url;
}

function readExtra(text: string): Array<readonly [string, string]> {
	const pairs = [...new URLSearchParams(text)];
	for (const [name] of pairs) {
		if (name === '') {
			throw unusable(
				'Extra Body Parameters has a value without a name; write name=value&name=value',
			);
		}
		if (OWN_PARAMETERS.has(name)) {
			throw unusable(`Extra Body Parameters cannot set "${name}"; it is set by the grant itself`);
		}
	}
	return pairs;
}

function unusable(problem: string): AuthenticationError {
	return new AuthenticationError(problem, 'dead');
}
