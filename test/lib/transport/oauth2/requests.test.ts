import { requestToken } from '../../../../lib/transport/oauth2/tokenRequest';
import type { OAuth2Fields } from '../../../../lib/transport/oauth2/settings';
import { describeConformance } from '../../delivery/conformance';
import type { Received } from '../support/servers';
import {
	CLIENT_SECRET,
	forgetEverything,
	formOf,
	meansFor,
	settingsFor,
	startIssuer,
} from './support';

afterEach(forgetEverything);

/** The one token request that these fields lead to. */
async function requestFor(
	overrides: Partial<OAuth2Fields>,
	{ path = '/token', refreshToken }: { path?: string; refreshToken?: string } = {},
): Promise<Received> {
	const issuer = await startIssuer();
	const fields = { accessTokenUrl: issuer.origin + path, ...overrides };
	const result = await requestToken(settingsFor(issuer, fields), meansFor(), refreshToken);
	expect(result).toMatchObject({ ok: true, token: { accessToken: 'tok_issued_1' } });
	expect(issuer.received).toHaveLength(1);
	return issuer.received[0];
}

const user = { grant: 'password', username: 'johndoe', password: 'A3ddj3w &+' } as const;
const basicOf = ({ headers }: Received) =>
	Buffer.from(String(headers.authorization).replace(/^Basic /, ''), 'base64').toString();

describe('as the HTTP API destination shows them', () => {
	test('Body Form Encoded', async () => {
		const request = await requestFor({ clientId: 'my id', clientSecret: 'my & secret' });
		expect(request.method).toBe('POST');
		expect(request.target).toBe('/token');
		expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded');
		expect(request.headers.authorization).toBeUndefined();
		expect(formOf(request)).toEqual({
			grant_type: 'client_credentials',
			client_id: 'my id',
			client_secret: 'my & secret',
		});
	});

	test('Basic Authorization', async () => {
		const request = await requestFor({ clientCredentialsType: 'basic' });
		expect(request.headers['content-type']).toBe(
			'application/x-www-form-urlencoded; charset=UTF-8',
		);
		expect(basicOf(request)).toBe(
			`s6BhdRkqt3:${encodeURIComponent(CLIENT_SECRET).replace('_', '%5F')}`,
		);
		expect(request.body.toString()).toBe('grant_type=client_credentials');
	});

	test('a query parameter of the Access Token URL stays, and stays out of the body', async () => {
		const request = await requestFor({}, { path: '/token?p=a%20policy' });
		expect(request.target).toBe('/token?p=a%20policy');
		expect(Object.keys(formOf(request))).not.toContain('p');
	});
});

describe('with the password grant', () => {
	test('id and secret stand in the body', async () => {
		expect(formOf(await requestFor({ ...user }))).toEqual({
			grant_type: 'password',
			username: 'johndoe',
			password: 'A3ddj3w &+',
			client_id: 's6BhdRkqt3',
			client_secret: CLIENT_SECRET,
		});
	});

	test('or in a Basic header', async () => {
		const request = await requestFor({ ...user, clientCredentialsType: 'basic' });
		expect(request.headers.authorization).toMatch(/^Basic /);
		expect(Object.keys(formOf(request)).sort()).toEqual(['grant_type', 'password', 'username']);
	});

	test('a public client names itself and has no secret', async () => {
		expect(formOf(await requestFor({ ...user, clientSecret: '' }))).toEqual({
			grant_type: 'password',
			username: 'johndoe',
			password: 'A3ddj3w &+',
			client_id: 's6BhdRkqt3',
		});
	});
});

test('id and secret stand raw in Basic for servers that want them so', async () => {
	const request = await requestFor({
		clientCredentialsType: 'basicRaw',
		clientId: 'an id',
		clientSecret: 'sécr/et+=☃',
	});
	expect(basicOf(request)).toBe('an id:sécr/et+=☃');
});

test('scope and extra parameters go along, several of a name too', async () => {
	const { body } = await requestFor({
		scope: ' read  write ',
		extraBodyParameters: 'audience=https%3A%2F%2Fa.example&resource=one&resource=two+2',
	});
	const form = new URLSearchParams(body.toString());
	expect(form.get('scope')).toBe('read write');
	expect(form.get('audience')).toBe('https://a.example');
	expect(form.getAll('resource')).toEqual(['one', 'two 2']);
});

test('a refresh sends the refresh token and the extra parameters, not the scope or the password', async () => {
	const request = await requestFor(
		{ ...user, scope: 'read', extraBodyParameters: 'audience=a' },
		{ refreshToken: 'tGzv3JOkF0XG5Qx2TlKWIA' },
	);
	expect(formOf(request)).toEqual({
		grant_type: 'refresh_token',
		refresh_token: 'tGzv3JOkF0XG5Qx2TlKWIA',
		audience: 'a',
		client_id: 's6BhdRkqt3',
		client_secret: CLIENT_SECRET,
	});
});

test('asks for JSON that is not compressed, in its own name', async () => {
	const { headers } = await requestFor({});
	expect(headers.accept).toBe('application/json');
	expect(headers['accept-encoding']).toBe('identity');
	expect(headers['user-agent']).toBe('n8n-nodes-postback');
});

interface Captured {
	client: string;
	case: string;
	method: string;
	path: string;
	contentType: string;
	accept: string;
	authorization: string | null;
	rawBody: string;
}

interface FromRfc {
	ref: string;
	authorization?: string;
	contentType?: string;
	body?: string;
	decodedHere?: string;
}

const inOrder = (body: string) => [...new URLSearchParams(body)].sort();
const mediaType = (text: string | undefined) => text?.split(';')[0].trim();

describeConformance<{ captured: Captured[]; rfc6749: FromRfc[] }>(
	'oauth2-token-requests.json',
	({ captured, rfc6749 }) => {
		const own = (client: string) => client.startsWith('oauth4webapi');

		test.each(captured.map((one) => [`${one.client} ${one.case}`, one] as const))(
			'%s',
			async (_name, one) => {
				const [grant, place, kind] = one.case.split('/');
				const special = kind === 'special';
				const body = new URLSearchParams(one.rawBody);
				const asBasic = own(one.client) || !special ? 'basic' : 'basicRaw';
				const request = await requestFor(
					{
						clientId: special ? 'client id:+/&=%é' : 's6BhdRkqt3',
						clientSecret: special ? 's3cr=t &+/%:☃' : '7Fjfp0ZBr1KtDRbnfVdmIw',
						clientCredentialsType: place === 'basic' ? asBasic : 'body',
						scope: body.get('scope') ?? '',
						...(grant === 'client_credentials'
							? {}
							: { ...user, password: body.get('password') ?? 'unused' }),
					},
					{ refreshToken: body.get('refresh_token') ?? undefined },
				);
				expect(request.method).toBe(one.method);
				expect(request.target).toBe(one.path);
				expect(request.headers.authorization ?? null).toBe(one.authorization);
				expect(mediaType(request.headers['content-type'])).toBe(mediaType(one.contentType));
				expect(inOrder(request.body.toString())).toEqual(inOrder(one.rawBody));
				if (own(one.client)) expect(request.body.toString()).toBe(one.rawBody);
			},
		);

		test.each(
			rfc6749
				.filter(({ body, authorization }) => body ?? authorization)
				.map((one) => [one.ref, one] as const),
		)('%s', async (_ref, one) => {
			const expected = new URLSearchParams(one.body ?? 'grant_type=client_credentials');
			const [id, secret] = (one.decodedHere ?? 's6BhdRkqt3:7Fjfp0ZBr1KtDRbnfVdmIw').split(':');
			const request = await requestFor(
				{
					clientId: id,
					clientSecret: secret,
					clientCredentialsType: one.authorization ? 'basic' : 'body',
					...(expected.has('username')
						? { ...user, password: expected.get('password') ?? '' }
						: {}),
				},
				{ refreshToken: expected.get('refresh_token') ?? undefined },
			);
			expect(request.headers.authorization).toBe(one.authorization);
			expect(inOrder(request.body.toString())).toEqual(inOrder(expected.toString()));
		});
	},
);
