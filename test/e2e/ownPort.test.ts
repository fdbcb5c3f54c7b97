import { freePort } from '../../scripts/host/free-port.ts';
import { Receiver, startN8n, type N8n } from './harness/index.ts';
import { spineWorkflow } from './harness/spine.ts';

let n8n: N8n;
let receiver: Receiver;
let port: number;

beforeAll(async () => {
	receiver = await Receiver.start();
	n8n = await startN8n();
	port = await freePort();
});

afterAll(async () => {
	await n8n.remove();
	await receiver.close();
});

async function publish(path: string, ownPort = port): Promise<string> {
	const { id } = await n8n.api.createWorkflow(
		spineWorkflow({
			path,
			postbacks: [{ name: path, url: `${receiver.url}/${path}?id={id}` }],
			trigger: { settings: { ownPort, ownPortAddress: '127.0.0.1' } },
		}),
	);
	await n8n.api.activate(id);
	return id;
}

const hit = async (path: string, id: string) =>
	await fetch(`http://127.0.0.1:${port}/${path}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ id }),
	});

const arrives = async (path: string, id: string) =>
	await receiver.waitFor((all) => all.some(({ url }) => url === `/${path}?id=${id}`));

const refused = async (path: string) =>
	await hit(path, 'none').then(
		({ status }) => status,
		() => 'refused',
	);

test('hits at a port of its own are delivered; triggers share it, and it ends with the last', async () => {
	const first = await publish('own-a');
	const second = await publish('own-b');
	await n8n.waitForWebhook('own-b');
	expect((await hit('own-a', '1')).status).toBe(202);
	expect((await hit('own-b', '2')).status).toBe(202);
	expect((await hit('webhook/own-a', '3')).status).toBe(202);
	await Promise.all([arrives('own-a', '1'), arrives('own-b', '2'), arrives('own-a', '3')]);

	await n8n.api.deactivate(first);
	await until(async () => (await refused('own-a')) === 404);
	expect((await hit('own-b', '4')).status).toBe(202);
	await n8n.api.deactivate(second);
	await until(async () => (await refused('own-b')) === 'refused');
});

test('hits that were answered before a kill are delivered after it, and the port is there again', async () => {
	await publish('own-c');
	await n8n.waitForWebhook('own-c');
	const answers = await Promise.all(
		Array.from({ length: 50 }, async (_, i) => (await hit('own-c', `k${i}`)).status),
	);
	await n8n.kill();
	expect(new Set(answers)).toEqual(new Set([202]));
	await n8n.start();
	await until(async () => (await refused('own-c')) === 202);
	await receiver.waitFor(
		(all) => new Set(all.map(({ url }) => url).filter((url) => /id=k\d/.test(url))).size === 50,
		{ timeoutMs: 120_000 },
	);
});

async function until(what: () => Promise<boolean>): Promise<void> {
	for (let tries = 0; !(await what()); tries++) {
		if (tries > 300) throw new Error('It did not come to pass');
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}
