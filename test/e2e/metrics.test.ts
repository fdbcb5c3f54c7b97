import { importWorkflows } from '../../scripts/import-workflows.ts';
import { answers, Receiver, startN8n, type N8n } from './harness/index.ts';
import { parseExposition, type Parsed } from './harness/exposition.ts';
import { postHits, spineWorkflow } from './harness/spine.ts';
import { stored } from './harness/store.ts';

const AUTHORIZATION = 'Bearer a-long-random-text';

let n8n: N8n;
let receiver: Receiver;
let address: string;

beforeAll(async () => {
	receiver = await Receiver.start();
	receiver.on('/gone', answers.status(410));
	n8n = await startN8n({ env: { N8N_DISABLE_UI: 'true', N8N_POSTBACK_TIME_SCALE: '0.05' } });
	const imported = await importWorkflows(n8n.api);
	const id = String(imported.find(({ file }) => file === 'prometheus-metrics.json')?.id);
	// All that the note asks for before publishing.
	const credential = await n8n.api.createCredential('Scrape', 'httpHeaderAuth', {
		name: 'Authorization',
		value: AUTHORIZATION,
	});
	const { nodes } = await n8n.api.getWorkflow(id);
	const scrape = nodes.find(({ name }) => name === 'Scrape');
	if (scrape) scrape.credentials = { httpHeaderAuth: { id: credential.id, name: 'Scrape' } };
	await n8n.api.updateWorkflow(id, { nodes });
	await n8n.api.activate(id);
	const note = nodes.find(({ name }) => name === 'Note: prometheus')?.parameters.content as string;
	address = n8n.url + /metrics_path: (\S+)/.exec(note)?.[1];

	const json = spineWorkflow({
		path: 'shop',
		postbacks: [
			{ name: 'Order placed', url: `${receiver.url}/ok?n={n}` },
			{ name: 'Gone', url: `${receiver.url}/gone?n={n}` },
		],
	});
	const shop = await n8n.api.createWorkflow(json);
	await n8n.api.activate(shop.id);
	await send(5);
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await receiver?.close();
});

/** Sends hits and waits until all of them have ended. */
async function send(count: number): Promise<void> {
	const before = (await stored.rows(n8n.userFolder).catch(() => [])).length;
	const hits = Array.from({ length: count }, (_, n) => ({ n }));
	expect((await postHits(n8n.webhookUrl('shop'), hits)).status).toBe(202);
	await stored.waitFor(
		n8n.userFolder,
		(rows) =>
			rows.length === before + 2 * count && rows.every(({ settled_at }) => settled_at !== null),
	);
}

async function scrape(): Promise<Parsed> {
	const response = await fetch(address, { headers: { authorization: AUTHORIZATION } });
	expect(response.status).toBe(200);
	// n8n gives the parameters an order of its own.
	expect(response.headers.get('content-type')?.split('; ').sort()).toEqual([
		'charset=utf-8',
		'text/plain',
		'version=0.0.4',
	]);
	return parseExposition(await response.text());
}

test('refused: a scrape without the token', async () => {
	expect((await fetch(address)).status).toBe(403);
	const wrong = { headers: { authorization: 'Bearer guess' } };
	expect((await fetch(address, wrong)).status).toBe(403);
});

test('a strict parser reads it, and finds what was delivered and what died', async () => {
	const metrics = await scrape();
	const ended = (outcome: string) =>
		metrics.value('postback_deliveries_ended_total', { outcome, endpoint: receiver.url });
	expect(ended('delivered')).toBe(5);
	expect(ended('dead')).toBe(5);
	expect(ended('closed')).toBe(0);
	const { buckets, count, sum } = metrics.histogram('postback_delivery_latency_seconds', {
		endpoint: receiver.url,
	});
	expect(count).toBe(5);
	expect(sum).toBeGreaterThan(0);
	expect(buckets.find(({ le }) => le === 600)?.value).toBe(5);
	expect(metrics.value('postback_dead_letters', { endpoint: receiver.url })).toBe(5);
	expect(metrics.value('postback_queue_served', {})).toBe(1);
	expect(metrics.value('postback_store_bytes', {})).toBeGreaterThan(10_000);
	expect(metrics.value('postback_counters_behind', {})).toBe(0);
});

test('counters grow by what is new, and by nothing when there is nothing', async () => {
	await send(3);
	const delivered = async () =>
		(await scrape()).value('postback_deliveries_ended_total', { outcome: 'delivered' });
	expect(await delivered()).toBe(8);
	expect(await delivered()).toBe(8);
});

test('counters go on after a restart', async () => {
	await n8n.restart();
	const metrics = await scrape();
	expect(metrics.value('postback_deliveries_ended_total', { outcome: 'delivered' })).toBe(8);
	await send(1);
	const later = await scrape();
	expect(later.value('postback_deliveries_ended_total', { outcome: 'delivered' })).toBe(9);
});
