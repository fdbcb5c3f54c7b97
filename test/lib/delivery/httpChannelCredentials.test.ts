import {
	AuthenticationError,
	bearerAuthentication,
	headerAuthentication,
	type Authentication,
	type HeaderPatch,
} from '../../../lib/transport/authentication';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { sending } from '../transport/support/sending';
import { closeServers, startReceiver, type Answer } from '../transport/support/servers';

afterEach(async () => {
	await closeDispatchers();
	await closeServers();
});

const TOKEN = 'tok_4f9c2b7a11';

/** A token that can be renewed, as OAuth2 will do it. */
class RenewableToken implements Authentication {
	secrets: readonly string[] = [];
	refreshed: Array<[number, HeaderPatch]> = [];
	private version = 0;

	constructor(
		private readonly renew: () => boolean | Promise<boolean> = () => true,
		readonly refreshOn?: readonly number[],
	) {
		this.issue();
	}

	private issue(): void {
		this.version++;
		this.secrets = [`${TOKEN}-${this.version}`];
	}

	async apply(): Promise<HeaderPatch> {
		return { authorization: `Bearer ${this.secrets[0]}` };
	}

	async refresh(statusCode: number, refused: HeaderPatch): Promise<boolean> {
		this.refreshed.push([statusCode, refused]);
		const renewed = await this.renew();
		if (renewed) this.issue();
		return renewed;
	}
}

const wantsSecondToken: Answer = ({ headers }, response) => {
	const right = headers.authorization === `Bearer ${TOKEN}-2`;
	response.writeHead(right ? 200 : 401).end(`got ${headers.authorization}`);
};

test('a bearer token goes to an origin that stands in the node', async () => {
	const receiver = await startReceiver();
	const authentication = bearerAuthentication(TOKEN, { literalOrigins: [receiver.origin] });
	await sending({ authentication }).send(receiver.origin);
	expect(receiver.received[0].headers.authorization).toBe(`Bearer ${TOKEN}`);
});

test('a header goes to an allowed domain', async () => {
	const receiver = await startReceiver();
	const authentication = headerAuthentication('X-Api-Key', TOKEN, {
		allowedDomains: ['127.0.0.1'],
	});
	await sending({ authentication }).send(receiver.origin);
	expect(receiver.received[0].headers['x-api-key']).toBe(TOKEN);
});

test('a credential goes nowhere else: the delivery ends, nothing is sent', async () => {
	const receiver = await startReceiver();
	const authentication = bearerAuthentication(TOKEN, { literalOrigins: ['https://api.example'] });
	const outcome = await sending({ authentication }).send(`${receiver.origin}/steal?x=${TOKEN}`);
	expect(outcome).toMatchObject({
		error: { code: 'CREDENTIAL_NOT_ALLOWED' },
		verdict: 'dead',
		statusCode: undefined,
	});
	expect(outcome.error?.message).toMatch(/^127\.0\.0\.1 .*"Allowed Domains"$/);
	expect(outcome.error?.message).not.toContain(TOKEN);
	expect(receiver.connections).toBe(0);
});

test('a secret that the receiver echoes is not in the excerpt', async () => {
	const receiver = await startReceiver(({ headers }, response) => {
		const echo = {
			headers,
			encoded: Buffer.from(String(headers.authorization)).toString('base64'),
		};
		response.writeHead(400).end(JSON.stringify(echo));
	});
	const authentication = bearerAuthentication(TOKEN, { allowedDomains: ['127.0.0.1'] });
	const { bodyExcerpt } = await sending({ authentication }).send(receiver.origin);
	expect(bodyExcerpt).toContain('"authorization":"Bearer ***"');
	expect(bodyExcerpt).not.toContain(TOKEN);
	expect(bodyExcerpt).not.toContain(Buffer.from(TOKEN).toString('base64').slice(0, 10));
});

test.each([1_995, 8_186])(
	'a secret that is cut at character %i leaves no beginning in the excerpt',
	async (position) => {
		const receiver = await startReceiver((_request, response) => {
			response.end(`${'x'.repeat(position)}${TOKEN}${'y'.repeat(9_000)}`);
		});
		const authentication = bearerAuthentication(TOKEN, { allowedDomains: ['127.0.0.1'] });
		const { bodyExcerpt } = await sending({ authentication }).send(receiver.origin);
		expect(bodyExcerpt).toMatch(/^x+\*{0,3}y*$/);
	},
);

test('a body of nothing but secrets leaves none of them, and of the last no more than three characters', async () => {
	const receiver = await startReceiver(
		(_request, response) => void response.end(TOKEN.repeat(3_000)),
	);
	const authentication = bearerAuthentication(TOKEN, { allowedDomains: ['127.0.0.1'] });
	const { bodyExcerpt } = await sending({ authentication }).send(receiver.origin);
	expect(bodyExcerpt).toMatch(/^\*+.{0,3}$/);
});

test('a secret in a redirect is not in the reason', async () => {
	const receiver = await startReceiver((_request, response) => {
		response.writeHead(302, { location: `https://a.example/${TOKEN}/x` }).end();
	});
	const authentication = bearerAuthentication(TOKEN, { allowedDomains: ['127.0.0.1'] });
	const { reason } = await sending({ authentication }).send(receiver.origin);
	expect(reason).toContain('https://a.example/***/x');
});

describe('a token that can be renewed', () => {
	test.each([401, 407])(
		'is, once, after a %i, and the request goes out once more',
		async (status) => {
			const receiver = await startReceiver(({ headers }, response) => {
				response.writeHead(headers.authorization?.endsWith('-2') ? 200 : status).end();
			});
			const authentication = new RenewableToken();
			const outcome = await sending({ authentication }).send(receiver.origin);
			expect(outcome).toMatchObject({ statusCode: 200, error: undefined });
			expect(receiver.received).toHaveLength(2);
			expect(receiver.received[1].body).toEqual(receiver.received[0].body);
			expect(receiver.received[1].headers['webhook-id']).toBe('msg_0190');
			expect(authentication.refreshed).toEqual([[status, { authorization: `Bearer ${TOKEN}-1` }]]);
		},
	);

	test('is renewed no second time when the new one is refused too', async () => {
		const receiver = await startReceiver((_request, response) => response.writeHead(401).end('no'));
		const authentication = new RenewableToken();
		const outcome = await sending({ authentication }).send(receiver.origin);
		expect(outcome).toMatchObject({ statusCode: 401, bodyExcerpt: 'no' });
		expect(receiver.received).toHaveLength(2);
		expect(authentication.refreshed).toHaveLength(1);
	});

	test('is not sent again when it could not be renewed', async () => {
		const receiver = await startReceiver(wantsSecondToken);
		const outcome = await sending({ authentication: new RenewableToken(() => false) }).send(
			receiver.origin,
		);
		expect(outcome.statusCode).toBe(401);
		expect(receiver.received).toHaveLength(1);
	});

	test.each([403, 500, 200])('is left alone after a %i', async (status) => {
		const receiver = await startReceiver((_request, response) => response.writeHead(status).end());
		const authentication = new RenewableToken();
		await sending({ authentication }).send(receiver.origin);
		expect(authentication.refreshed).toHaveLength(0);
	});

	test('is renewed after the statuses that the operator names', async () => {
		const receiver = await startReceiver((_request, response) => response.writeHead(403).end());
		const authentication = new RenewableToken(undefined, [401, 403]);
		await sending({ authentication }).send(receiver.origin);
		expect(authentication.refreshed).toHaveLength(1);
	});

	test('is scrubbed in its newest form', async () => {
		const receiver = await startReceiver(wantsSecondToken);
		const { bodyExcerpt } = await sending({ authentication: new RenewableToken() }).send(
			receiver.origin,
		);
		expect(bodyExcerpt).toBe('got Bearer ***');
	});

	test.each(['retry', 'dead'] as const)(
		'that cannot be renewed keeps the status and decides: %s',
		async (verdict) => {
			const receiver = await startReceiver(wantsSecondToken);
			const authentication = new RenewableToken(() => {
				throw new AuthenticationError(
					'the token endpoint says invalid_client',
					verdict,
					'TOKEN_REFUSED',
				);
			});
			expect(await sending({ authentication }).send(receiver.origin)).toMatchObject({
				statusCode: 401,
				verdict,
				error: { code: 'TOKEN_REFUSED', message: 'the token endpoint says invalid_client' },
			});
		},
	);

	test('is not renewed for a run that was stopped', async () => {
		const stop = new AbortController();
		const receiver = await startReceiver((_request, response) => {
			response.writeHead(401);
			response.write('x', () => setTimeout(() => stop.abort(), 20));
		});
		const authentication = new RenewableToken();
		await sending({ authentication }).send(receiver.origin, {}, stop.signal);
		expect(authentication.refreshed).toHaveLength(0);
	});
});

test('a credential that is not to be had is an outcome, not an exception', async () => {
	const receiver = await startReceiver();
	const authentication: Authentication = {
		secrets: [],
		apply: async () => {
			throw new AuthenticationError('no token yet', 'retry', 'TOKEN_UNAVAILABLE');
		},
	};
	expect(await sending({ authentication }).send(receiver.origin)).toMatchObject({
		error: { code: 'TOKEN_UNAVAILABLE', message: 'no token yet' },
		verdict: 'retry',
	});
	expect(receiver.received).toHaveLength(0);
});
