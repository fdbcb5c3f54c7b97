import { createServer, type AddressInfo } from 'node:net';
import type { IDataObject } from 'n8n-workflow';
import { PostbackTrigger } from '../../../nodes/PostbackTrigger/PostbackTrigger.node';
import '../harness/environment';
import { triggerContext, type TriggerContextOptions } from '../harness/triggerContext';

const closing: (() => Promise<void>)[] = [];
let nodes = 0;

afterEach(async () => await Promise.all(closing.splice(0).map(async (close) => await close())));

async function freePort(): Promise<number> {
	const server = await occupied();
	await server.free();
	return server.port;
}

async function occupied() {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const { port } = server.address() as AddressInfo;
	return { port, free: async () => await new Promise<unknown>((resolve) => server.close(resolve)) };
}

const POSTBACKS = {
	postback: [{ name: 'P', active: true, url: 'https://a.example/?id={id}' }],
};

async function start(
	settings: IDataObject,
	more: TriggerContextOptions & { parameters?: IDataObject } = {},
) {
	const trigger = triggerContext({
		activationMode: 'activate',
		node: { id: `own-port-${++nodes}`, name: 'Postback Trigger' },
		...more,
		parameters: {
			path: 'hits',
			definitionsFrom: 'fields',
			postbacks: POSTBACKS,
			settings: { ownPortAddress: '127.0.0.1', ...settings },
			...more.parameters,
		} as never,
	});
	const { closeFunction } = await new PostbackTrigger().trigger.call(trigger.context);
	let open = true;
	const close = async () => {
		if (open) await closeFunction?.();
		open = false;
	};
	closing.push(async () => {
		await close();
		trigger.endAll();
	});
	return { ...trigger, close };
}

const hit = async (
	port: number,
	{ path = '/hits', ...init }: RequestInit & { path?: string } = {},
) =>
	await fetch(`http://127.0.0.1:${port}${path}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: '{"id":1}',
		...init,
	});

test('a hit at the own port is matched, stored, answered and emitted as one at the webhook', async () => {
	const ownPort = await freePort();
	const { emitted } = await start({ ownPort });
	const answer = await hit(ownPort);
	expect([answer.status, await answer.json()]).toEqual([
		202,
		expect.objectContaining({ accepted: 1, matched: 1, queued: 1 }),
	]);
	const [batch] = await emitted(1);
	expect(batch.deliveries.map(({ request }) => request.url)).toEqual(['https://a.example/?id=1']);
});

test('the path of the webhook works there too', async () => {
	const ownPort = await freePort();
	await start({ ownPort });
	expect((await hit(ownPort, { path: '/webhook/hits' })).status).toBe(202);
	expect((await hit(ownPort, { path: '/other' })).status).toBe(404);
});

test('a hit in the query of a GET is taken', async () => {
	const ownPort = await freePort();
	await start({ ownPort });
	const answer = await fetch(`http://127.0.0.1:${ownPort}/hits?id=2`);
	expect(await answer.json()).toMatchObject({ queued: 1 });
});

test.each<[string, number, IDataObject, RequestInit]>([
	['what is no JSON', 400, {}, { body: '{' }],
	['a body over Largest Request', 413, { maxBodyMb: 1 }, { body: 'x'.repeat(1024 * 1024 + 1) }],
	['an address that is not on the list', 403, { allowedIps: '192.0.2.1' }, {}],
])('%s is refused with %i', async (_name, status, settings, init) => {
	const ownPort = await freePort();
	await start({ ownPort, ...settings });
	expect((await hit(ownPort, init)).status).toBe(status);
});

test('a wrong token is refused, the right one is not, and the credential is not read for each', async () => {
	const ownPort = await freePort();
	const { context } = await start({ ownPort }, {
		parameters: { authentication: 'bearerToken' },
		credentials: { postbackBearerTokenApi: { token: 'secret-token' } },
	} as never);
	const read = jest.spyOn(context, 'getCredentials');
	const as = async (authorization: string) =>
		(await hit(ownPort, { headers: { authorization, 'content-type': 'application/json' } })).status;
	expect(await as('Bearer wrong')).toBe(401);
	expect(await as('Bearer secret-token')).toBe(202);
	expect(await as('Bearer secret-token')).toBe(202);
	expect(read.mock.calls.length).toBeLessThanOrEqual(1);
});

test('the port closes with the trigger', async () => {
	const ownPort = await freePort();
	const { close } = await start({ ownPort });
	await close();
	await expect(hit(ownPort)).rejects.toThrow();
});

test('health is told', async () => {
	const ownPort = await freePort();
	await start({ ownPort });
	const answer = await hit(ownPort, { path: '/healthz/readiness', method: 'GET', body: undefined });
	expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }]);
});

describe('a port that is taken', () => {
	test('is refused at publication, naming the field, and nothing stays active', async () => {
		const { port, free } = await occupied();
		await expect(start({ ownPort: port })).rejects.toThrow(
			`Options › Own Port: Port ${port} is taken by another program`,
		);
		await free();
	});

	test("is waited for at n8n's start", async () => {
		const { port, free } = await occupied();
		const { lines } = await start({ ownPort: port }, { activationMode: 'init' });
		while (!lines.some((line) => JSON.stringify(line).includes('Trying again'))) await sleep(20);
		await free();
		let status = 0;
		while (status === 0) {
			await sleep(100);
			status = await hit(port).then(
				(answer) => answer.status,
				() => 0,
			);
		}
		expect(status).toBe(202);
	});
});

test.each([1.5, 65_536, -1])('%d is refused as a port', async (ownPort) => {
	await expect(start({ ownPort })).rejects.toThrow(`Options › Own Port: ${ownPort} is no port`);
});

const sleep = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));
