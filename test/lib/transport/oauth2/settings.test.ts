import { AuthenticationError } from '../../../../lib/transport/authentication';
import {
	readOAuth2Settings,
	readRefreshStatuses,
	type OAuth2Fields,
} from '../../../../lib/transport/oauth2/settings';
import { tokenEndpointGuard } from '../../../../lib/transport/oauth2/tokenEndpoint';

const fields: OAuth2Fields = {
	grant: 'password',
	accessTokenUrl: 'https://auth.example/token',
	clientId: 'id',
	clientSecret: 'secret-value',
	clientCredentialsType: 'body',
	username: 'user',
	password: 'password-value',
};

const read = (overrides: Partial<OAuth2Fields>) => readOAuth2Settings({ ...fields, ...overrides });

describe('refuses, naming the field and no secret', () => {
	test.each<[string, Partial<OAuth2Fields>, RegExp]>([
		['no URL', { accessTokenUrl: ' ' }, /^Access Token URL is empty/],
		['a relative URL', { accessTokenUrl: '/token' }, /^Access Token URL is no absolute/],
		['a file', { accessTokenUrl: 'file:///etc/passwd' }, /^Access Token URL is no absolute/],
		[
			'a user in the URL',
			{ accessTokenUrl: 'https://user:secret-value@auth.example/' },
			/^Access Token URL holds a user/,
		],
		['a fragment', { accessTokenUrl: 'https://auth.example/#x' }, /holds a fragment/],
		[
			'two query parameters with client credentials',
			{ grant: 'clientCredentials', accessTokenUrl: 'https://auth.example/?a=1&b=2' },
			/more than one query parameter; .*Extra Body Parameters/,
		],
		['no client ID', { clientId: ' ' }, /^Client ID is empty/],
		[
			'no secret with client credentials',
			{ grant: 'clientCredentials', clientSecret: '' },
			/^Client Secret is empty/,
		],
		[
			'no secret for Basic',
			{ clientSecret: '', clientCredentialsType: 'basic' },
			/^Client Secret is empty/,
		],
		['no user', { username: '' }, /^Username is empty/],
		['no password', { password: '' }, /^Password is empty/],
		[
			'an extra parameter that the grant sets',
			{ extraBodyParameters: 'audience=x&grant_type=secret-value' },
			/^Extra Body Parameters cannot set "grant_type"/,
		],
		['an extra value without a name', { extraBodyParameters: '=x' }, /a value without a name/],
	])('%s', (_name, overrides, message) => {
		const reading = () => read(overrides);
		expect(reading).toThrow(AuthenticationError);
		expect(reading).toThrow(message);
		expect(reading).not.toThrow(/secret-value|password-value/);
	});

	test.each(['abc', '200', '399', '600', '40', '401; 403'])('the status %s', (text) => {
		expect(() => readRefreshStatuses(text)).toThrow(/^Refresh On Statuses holds "/);
	});

	test('private hosts that cannot be read', () => {
		expect(() => tokenEndpointGuard({ allowedHosts: ['a b'] })).toThrow(
			/^Allowed Private Hosts cannot be read: "a b"/,
		);
	});
});

test('401 and 407 renew a token, and what the operator names besides', () => {
	expect(readRefreshStatuses('')).toEqual([401, 407]);
	expect(readRefreshStatuses(' 403, 498 401')).toEqual([401, 407, 403, 498]);
});

test('several query parameters are fine with the password grant', () => {
	expect(read({ accessTokenUrl: 'https://auth.example/?a=1&b=2' }).url.search).toBe('?a=1&b=2');
});

describe('the key under which tokens are kept', () => {
	test('is the same for the same content', () => {
		expect(read({}).key).toBe(read({ clientId: ' id ', scope: '' }).key);
	});

	test.each<Partial<OAuth2Fields>>([
		{ accessTokenUrl: 'https://auth.example/other' },
		{ clientId: 'other' },
		{ clientSecret: 'other' },
		{ clientCredentialsType: 'basic' },
		{ clientCredentialsType: 'basicRaw' },
		{ username: 'other' },
		{ password: 'other' },
		{ scope: 'other' },
		{ extraBodyParameters: 'audience=other' },
		{ grant: 'clientCredentials' },
	])('is another one with %j', (overrides) => {
		expect(read(overrides).key).not.toBe(read({}).key);
	});

	test('holds no secret', () => {
		const { key } = read({});
		expect(key).toHaveLength(44);
		expect(key).not.toMatch(/secret|password|user/);
	});
});
