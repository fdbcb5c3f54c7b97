import type { OAuth2Fields } from '../../../../lib/transport/oauth2/settings';
import type { TokenFailure } from '../../../../lib/transport/oauth2/tokenAnswer';
import { requestToken } from '../../../../lib/transport/oauth2/tokenRequest';
import { FakeClock, settleDown } from '../../../support/fakeClock';
import {
	closedPort,
	startReceiver,
	startSocketServer,
	type Answer,
	type TestServer,
} from '../support/servers';
import {
	CLIENT_SECRET,
	forgetEverything,
	json,
	meansFor,
	PASSWORD,
	settingsFor,
	startIssuer,
} from './support';

afterEach(forgetEverything);

const ask = async (server: TestServer, overrides: Partial<OAuth2Fields> = {}) =>
	await requestToken(settingsFor(server, overrides), meansFor());

async function failureOf(
	server: TestServer,
	overrides: Partial<OAuth2Fields> = {},
): Promise<TokenFailure> {
	const result = await ask(server, overrides);
	if (result.ok) throw new Error('There is a token');
	expect(result.failure.message).toMatch(/^No access token: /);
	return result.failure;
}

const text =
	(status: number, body: string, type = 'text/plain'): Answer =>
	(_request, response) =>
		void response.writeHead(status, { 'content-type': type }).end(body);

const token = (fields: Record<string, unknown>) =>
	json(200, { access_token: 'tok_1', token_type: 'Bearer', ...fields });

describe('a token is taken', () => {
	test.each<[string, Answer, object]>([
		['with its lifetime', token({ expires_in: 3600 }), { lifetimeMs: 3_600_000 }],
		['with a lifetime in quotes', token({ expires_in: '60' }), { lifetimeMs: 60_000 }],
		['with a refresh token', token({ refresh_token: 'ref_1' }), { refreshToken: 'ref_1' }],
		['without a lifetime', token({}), {}],
		['with a lifetime of null', token({ expires_in: null }), {}],
		['with a lifetime of zero', token({ expires_in: 0 }), {}],
		['with a lifetime below zero', token({ expires_in: -5 }), {}],
		['with a lifetime that is none', token({ expires_in: 'soon' }), {}],
		['with a refresh token of null', token({ refresh_token: null }), {}],
		['with the type in other letters', token({ token_type: 'bEARER' }), {}],
		['without a type', json(200, { access_token: 'tok_1' }), {}],
		['with an id_token that nobody checks', token({ id_token: 'x.y.z' }), {}],
		['with a list of scopes', token({ scope: ['a'] }), {}],
		['with status 201', json(201, { access_token: 'tok_1', token_type: 'Bearer' }), {}],
		['as text/plain', text(200, '{"access_token":"tok_1","token_type":"bearer"}'), {}],
		['after a byte order mark', text(200, '\ufeff{"access_token":"tok_1"}'), {}],
		['beside an error of null', token({ error: null }), {}],
	])('%s', async (_name, answer, more) => {
		const result = await ask(await startReceiver(answer));
		expect(result).toEqual({ ok: true, token: { accessToken: 'tok_1', ...more } });
	});

	test('of 100 KB, which a common excerpt would have cut', async () => {
		const long = 'a'.repeat(100_000);
		const result = await ask(await startReceiver(token({ access_token: long })));
		expect(result).toMatchObject({ ok: true, token: { accessToken: long } });
	});
});

describe('refuses for good, with the words of the server', () => {
	const refused = (status: number, error: string, description?: string, headers = {}) =>
		json(status, { error, error_description: description }, headers);

	test.each<[string, Answer, RegExp]>([
		[
			'invalid_client',
			refused(401, 'invalid_client', 'Unknown client', { 'www-authenticate': 'Basic realm="x"' }),
			/ says invalid_client \(Unknown client\); check Client ID, Client Secret/,
		],
		[
			'invalid_grant',
			refused(400, 'invalid_grant', 'Bad password'),
			/ says invalid_grant \(Bad password\); check Username and Password/,
		],
		['invalid_scope', refused(400, 'invalid_scope'), / says invalid_scope; check Scope$/],
		['unauthorized_client', refused(400, 'unauthorized_client'), / says unauthorized_client;/],
		['unsupported_grant_type', refused(400, 'unsupported_grant_type'), /does not offer this grant/],
		['invalid_request', refused(400, 'invalid_request'), /check Scope and Extra Body Parameters/],
		['an error of its own', refused(403, 'consent_required', 'Ask'), /consent_required \(Ask\)$/],
		['an error with status 200', refused(200, 'invalid_client', 'No'), /invalid_client \(No\)/],
		[
			'an error that is called as text/html',
			text(400, '{"error":"invalid_grant"}', 'text/html'),
			/ says invalid_grant/,
		],
		[
			'401 without an error code',
			json(401, { message: 'no' }),
			/answered 401 without an error code/,
		],
		['a token of another type', token({ token_type: 'mac' }), /whose token_type is not Bearer$/],
		['a token bound to a proof', token({ token_type: 'DPoP' }), /whose token_type is not Bearer$/],
		['a type that is no text', token({ token_type: 7 }), /with a token that cannot be read$/],
		[
			'a token with a line break',
			token({ access_token: 'a\r\nx-evil: 1' }),
			/with characters that no header can hold$/,
		],
	])('%s', async (_name, answer, message) => {
		const failure = await failureOf(await startReceiver(answer));
		expect(failure).toMatchObject({ verdict: 'dead', code: 'TOKEN_REFUSED' });
		expect(failure.message).toMatch(message);
	});
});

describe('is an outage, to be tried again', () => {
	const endless: Answer = (_request, response) => {
		response.writeHead(200, { 'content-type': 'application/json' });
		const more = () => {
			while (!response.destroyed && response.write(' '.repeat(65_536)));
			if (!response.destroyed) response.once('drain', more);
		};
		more();
	};

	test.each<[string, Answer, RegExp]>([
		['500', json(500, {}), /answered 500$/],
		['503 with an error code', json(503, { error: 'server_error' }), /answered 503: server_error$/],
		['500 that says invalid_client', json(500, { error: 'invalid_client' }), /answered 500: /],
		['429', json(429, { error: 'invalid_grant' }), /answered 429: invalid_grant$/],
		['408', json(408, {}), /answered 408$/],
		['slow_down', json(400, { error: 'slow_down' }), /says slow_down$/],
		['404 with JSON', json(404, { message: 'no route' }), /answered 404 without an error code/],
		[
			'a redirect',
			(_request, response) => void response.writeHead(302, { location: 'https://x.example' }).end(),
			/answered 302: redirects are not followed/,
		],
		[
			'HTML',
			text(200, '<!DOCTYPE html><p>Log in', 'text/html'),
			/with a page of HTML .*check Access/,
		],
		['HTML that is called JSON', text(200, '<html>', 'application/json'), /with a page of HTML/],
		['HTML with status 400', text(400, '<html>', 'text/html'), /answered 400 with a page of HTML/],
		['text', text(200, 'tok_1'), /something that is no JSON object/],
		['an array', json(200, ['tok_1']), /something that is no JSON object/],
		['null', json(200, null), /something that is no JSON object/],
		['form-encoded', text(200, 'access_token=tok_1&token_type=bearer'), /no JSON object/],
		['nothing', text(200, ''), /with nothing in it/],
		[
			'204',
			(_request, response) => void response.writeHead(204).end(),
			/answered 204 with nothing/,
		],
		['no access_token', json(200, { token_type: 'Bearer' }), /without an access_token/],
		['an empty access_token', token({ access_token: '' }), /without an access_token/],
		[
			'an access_token that is no text',
			token({ access_token: { a: 1 } }),
			/without an access_token/,
		],
		[
			'a status beyond all',
			(_request, response) => void response.writeHead(799).end('x'),
			/answered 799/,
		],
		['an endless body', endless, /with more than 256 KB$/],
		[
			'a body of a megabyte',
			text(200, JSON.stringify({ access_token: 'a'.repeat(1_000_000) })),
			/with more than 256 KB$/,
		],
		[
			'a body that breaks off',
			(_request, response) => {
				response.writeHead(200, { 'content-length': '100' });
				response.write('{"access', () => response.destroy());
			},
			/did not end its answer: .*closed the connection/,
		],
	])('%s', async (_name, answer, message) => {
		const failure = await failureOf(await startReceiver(answer));
		expect(failure).toMatchObject({ verdict: 'retry', code: 'TOKEN_UNAVAILABLE' });
		expect(failure.message).toMatch(message);
	});

	test('nobody there', async () => {
		const issuer = await startIssuer();
		const accessTokenUrl = `http://127.0.0.1:${await closedPort()}/`;
		expect(await failureOf(issuer, { accessTokenUrl })).toMatchObject({
			verdict: 'retry',
			code: 'TOKEN_UNAVAILABLE',
			message: expect.stringContaining('refused the connection') as string,
		});
	});

	test('something that is not HTTP', async () => {
		const server = await startSocketServer((socket) => void socket.end('SSH-2.0-x\r\n'));
		expect(await failureOf(server)).toMatchObject({
			verdict: 'retry',
			message: expect.stringContaining('not HTTP') as string,
		});
	});

	test.each<[string, Answer]>([
		['no answer', () => undefined],
		[
			'an answer that does not end',
			(_request, response) => void response.writeHead(200).write('{'),
		],
	])('%s for 10 s', async (_name, answer) => {
		const clock = new FakeClock();
		const server = await startReceiver(answer);
		const asking = requestToken(settingsFor(server), meansFor(clock));
		while (server.received.length === 0) await settleDown();
		await clock.advance(10_000);
		expect(await asking).toMatchObject({
			ok: false,
			failure: {
				verdict: 'retry',
				message: expect.stringContaining('did not answer in time (10000 ms)') as string,
			},
		});
	});

	test('with the time after which to ask again', async () => {
		const server = await startReceiver(json(429, {}, { 'retry-after': '20' }));
		expect(await failureOf(server)).toMatchObject({ retryAfterMs: 20_000 });
	});
});

describe('is never asked', () => {
	test.each(['http://127.0.0.1', 'http://[::1]', 'http://localhost', 'http://169.254.169.254'])(
		'when it is a private host that is not opened: %s',
		async (origin) => {
			const issuer = await startIssuer();
			const accessTokenUrl = `${origin}:${issuer.port}/token`;
			const settings = settingsFor(issuer, { accessTokenUrl });
			const result = await requestToken(settings, meansFor(undefined, []));
			expect(result).toMatchObject({
				ok: false,
				failure: {
					verdict: 'dead',
					code: 'EGRESS_BLOCKED',
					message: expect.stringMatching(
						/may not be sent to: .*"Allowed Private Hosts" of the credential$/,
					) as string,
				},
			});
			expect(issuer.connections).toBe(0);
		},
	);
});

describe('what the server repeats', () => {
	const echo: Answer = ({ headers, body }, response) => {
		const description = `${headers.authorization} ${body.toString()}\r\n\u202e ${'x'.repeat(5_000)}`;
		response
			.writeHead(400, { 'content-type': 'application/json' })
			.end(JSON.stringify({ error: 'invalid_request', error_description: description }));
	};

	test.each(['body', 'basic', 'basicRaw'] as const)(
		'is scrubbed, on one line and short: %s',
		async (clientCredentialsType) => {
			const { message } = await failureOf(await startReceiver(echo), {
				grant: 'password',
				username: 'johndoe',
				password: `${PASSWORD}/&`,
				clientSecret: `${CLIENT_SECRET}/&+ é`,
				clientCredentialsType,
				extraBodyParameters: 'assertion=an_assertion_of_some_length',
			});
			expect(message).toContain('***');
			expect(message.length).toBeLessThan(500);
			expect(message).not.toMatch(/[\r\n\u202e]/);
			expect(message).not.toContain('7Fjfp0ZBr1KtDRbnfVdmIw');
			expect(message).not.toContain('A3ddj3w');
			expect(message).not.toContain('an_assertion');
			expect(message).not.toMatch(/Basic [A-Za-z0-9+/]/);
		},
	);

	test('is not shown at all when it is no answer of OAuth2', async () => {
		const server = await startReceiver(({ body }, response) => void response.end(body));
		const { message } = await failureOf(server);
		expect(message).not.toContain(CLIENT_SECRET);
	});
});
