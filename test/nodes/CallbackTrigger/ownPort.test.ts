import { createServer, type AddressInfo } from 'node:net';
import type { IDataObject } from 'n8n-workflow';
import '../harness/environment';
import { forgetTokens } from '../../../lib/transport/oauth2/tokenStates';
import { closeServers } from '../../lib/transport/support/servers';
import { startReactorDouble, type ReactorDouble } from '../../support/reactorDouble';
import { triggerContext } from '../harness/triggerContext';
import { contextOptions, node } from './support';

const closing: (() => Promise<void>)[] = [];
let double: ReactorDouble;
let nodes = 0;

beforeEach(async () => (double = await startReactorDouble()));
afterEach(async () => {
	await Promise.all(closing.splice(0).map(async (close) => await close()));
	forgetTokens();
	await closeServers();
});

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

async function start(settings: IDataObject = {}) {
	const port = await freePort();
	const options = contextOptions({
		double,
		nodeId: `own-port-${++nodes}`,
		parameters: {
			settings: { ownPort: port, ownPortAddress: '127.0.0.1', longestWaitSeconds: 0, ...settings },
		},
	});
	const trigger = triggerContext({
		...options,
		node: { ...options.node, webhookId: '7d3b2c' },
		activationMode: 'activate',
	});
	const { closeFunction } = await node.trigger.call(trigger.context);
	closing.push(async () => {
		await closeFunction?.();
		trigger.endAll();
	});
	const send = async (body: object, path = '/webhook/7d3b2c/callback', method = 'POST') =>
		await fetch(`http://127.0.0.1:${port}${path}`, {
			method,
			headers: { 'content-type': 'application/json' },
			...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
		});
	return { ...trigger, send, close: async () => await closeFunction?.() };
}

test('an event at the own port is stored and emitted as one at the webhook', async () => {
	const { send, emitted } = await start();
	const event = double.event('rule.created');
	const answer = await send(event);
	expect([answer.status, await answer.json()]).toEqual([
		200,
		expect.objectContaining({ outcome: 'taken' }),
	]);
	const [{ items }] = await emitted(1);
	expect(items[0].json).toMatchObject({ event });
});

test('an event that comes again, by either path, is taken once', async () => {
	const { send } = await start();
	const event = double.event('rule.created');
	await send(event);
	const again = await send(event, '/7d3b2c/callback');
	expect(await again.json()).toMatchObject({ outcome: 'duplicate' });
});

test('another method and another path are refused', async () => {
	const { send } = await start();
	expect((await send({}, '/webhook/7d3b2c/callback', 'GET')).status).toBe(405);
	expect((await send({}, '/webhook/other/callback')).status).toBe(404);
});

test('an address that is not on the list is refused', async () => {
	const { send } = await start({ allowedIps: '192.0.2.1' });
	expect((await send(double.event('rule.created'))).status).toBe(403);
});

test('the port closes with the trigger', async () => {
	const { send, close } = await start();
	await close();
	await expect(send({})).rejects.toThrow();
});
