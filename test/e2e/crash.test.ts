import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { answers, N8n, Receiver, startN8n } from './harness/index.ts';
import { postHits, spineWorkflow } from './harness/spine.ts';
import { stored } from './harness/store.ts';

let receiver: Receiver;
let n8n: N8n;

beforeAll(async () => {
	receiver = await Receiver.start();
	n8n = await startN8n({ env: { N8N_POSTBACK_TIME_SCALE: '0.1' } });
});

afterAll(async () => {
	await n8n.remove();
	await receiver.close();
});

const hook = (path: string) => `${n8n.url}/webhook/${path}`;

async function publish(path: string, options: Partial<Parameters<typeof spineWorkflow>[0]> = {}) {
	const json = spineWorkflow({
		path,
		postbacks: [{ name: path, url: `${receiver.url}/${path}?n={n}`, timeoutSeconds: 5 }],
		...options,
	});
	const { id } = await n8n.api.createWorkflow(json);
	await n8n.api.activate(id);
	return id;
}

const hits = (from: number, count: number) =>
	Array.from({ length: count }, (_, i) => ({ n: from + i }));

/** Every hit that was answered with 202 arrived; gives how many arrived more than once. */
async function reconcile(path: string, answered: readonly number[]): Promise<number> {
	const arrived = () =>
		receiver
			.requests(`/${path}`)
			.map((request) => Number(new URL(request.url, receiver.url).searchParams.get('n')));
	const missing = () => {
		const seen = new Set(arrived());
		return answered.filter((n) => !seen.has(n));
	};
	const end = Date.now() + 90_000;
	while (missing().length > 0 && Date.now() < end)
		await new Promise((resolve) => setTimeout(resolve, 250));
	expect(missing()).toEqual([]);
	await stored.waitFor(
		n8n.userFolder,
		(rows) => rows.filter((row) => row.name === path).every((row) => row.settled_at !== null),
		90_000,
	);
	return arrived().length - new Set(arrived()).size;
}

async function killAndRestart(): Promise<void> {
	await n8n.kill();
	await n8n.start();
}

test('killed while taking in, nothing that was answered is lost', async () => {
	const id = await publish('intake');
	const answered: number[] = [];
	let next = 0;
	let going = true;
	const sender = async () => {
		while (going) {
			const from = next;
			next += 10;
			const response = await postHits(hook('intake'), hits(from, 10)).catch(() => undefined);
			if (response?.status === 202) answered.push(...hits(from, 10).map(({ n }) => n));
			else if (!response) return;
		}
	};
	const senders = [sender(), sender(), sender(), sender()];
	while (answered.length < 300) await new Promise((resolve) => setTimeout(resolve, 20));
	await n8n.kill();
	going = false;
	await Promise.all(senders);
	await n8n.start();
	await reconcile('intake', answered);
	await n8n.api.deactivate(id);
});

test('killed before the workflow was started, what was answered comes out of the store', async () => {
	const id = await publish('emit', { trigger: { settings: { longestWaitSeconds: 20 } } });
	const answer = await postHits(hook('emit'), hits(0, 50));
	expect(answer.status).toBe(202);
	expect(receiver.requests('/emit')).toHaveLength(0);
	await killAndRestart();
	const duplicates = await reconcile(
		'emit',
		hits(0, 50).map(({ n }) => n),
	);
	expect(duplicates).toBe(0);
	await n8n.api.deactivate(id);
});

test('killed while requests are under way, all are delivered afterwards', async () => {
	receiver.on('/sending', answers.stall(300));
	const id = await publish('sending', { senderOptions: { concurrency: 10 } });
	await postHits(hook('sending'), hits(0, 200));
	await receiver.waitFor(30, { path: '/sending' });
	await killAndRestart();
	receiver.on('/sending', answers.ok());
	const duplicates = await reconcile(
		'sending',
		hits(0, 200).map(({ n }) => n),
	);
	// Only what was on the wire, or answered and not yet noted, may come again.
	expect(duplicates).toBeLessThanOrEqual(40);
	await n8n.api.deactivate(id);
});

test('killed right after answers came, all are delivered and few twice', async () => {
	const id = await publish('settling');
	await postHits(hook('settling'), hits(0, 400));
	await receiver.waitFor(100, { path: '/settling' });
	await killAndRestart();
	const duplicates = await reconcile(
		'settling',
		hits(0, 400).map(({ n }) => n),
	);
	expect(duplicates).toBeLessThanOrEqual(300);
	await n8n.api.deactivate(id);
});

test('n8n that starts while the store cannot be opened recovers when it can', async () => {
	const id = await publish('recover');
	await n8n.stop();
	const path = join(n8n.userFolder, '.n8n', 'postback', 'deliveries.sqlite');
	const folder = dirname(path);
	const aside = `${folder}-aside`;
	const { rename } = await import('node:fs/promises');
	await rename(folder, aside);
	await writeFile(folder, 'a file where the folder should be');
	await n8n.start();
	const refused = await postHits(hook('recover'), { n: 1 });
	expect(refused.status).toBe(503);
	await rm(folder);
	await mkdir(dirname(folder), { recursive: true });
	await rename(aside, folder);
	let accepted = await postHits(hook('recover'), { n: 2 });
	for (let i = 0; i < 50 && accepted.status !== 202; i++) {
		await new Promise((resolve) => setTimeout(resolve, 500));
		accepted = await postHits(hook('recover'), { n: 2 });
	}
	expect(accepted.status).toBe(202);
	await reconcile('recover', [2]);
	await n8n.api.deactivate(id);
});

test('stopped in an orderly way, n8n sends what was under way and keeps the rest', async () => {
	receiver.on('/orderly', answers.stall(200));
	const id = await publish('orderly', { senderOptions: { concurrency: 2 } });
	await postHits(hook('orderly'), hits(0, 40));
	await receiver.waitFor(6, { path: '/orderly' });
	await n8n.stop();
	await n8n.start();
	const duplicates = await reconcile(
		'orderly',
		hits(0, 40).map(({ n }) => n),
	);
	expect(duplicates).toBe(0);
	await n8n.api.deactivate(id);
});
