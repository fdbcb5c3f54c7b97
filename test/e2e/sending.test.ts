import { answers, itemsOf, Receiver, startN8n, workflow, type N8n } from './harness/index.ts';
import { postHits, spineWorkflow } from './harness/spine.ts';
import { stored } from './harness/store.ts';

let n8n: N8n;
let receiver: Receiver;

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
		postbacks: [{ name: path, url: `${receiver.url}/${path}?n={n}` }],
		...options,
	});
	const { id } = await n8n.api.createWorkflow(json);
	await n8n.api.activate(id);
	return id;
}

const settledAs = async (name: string, status: string, timeoutMs = 30_000) =>
	await stored.waitFor(
		n8n.userFolder,
		(rows) => rows.some((row) => row.name === name && row.status === status),
		timeoutMs,
	);

test.concurrent(
	'a Wait node before the sender keeps the deliveries until it is over',
	async () => {
		const wait = {
			name: 'Wait',
			type: 'n8n-nodes-base.wait',
			typeVersion: 1.1,
			parameters: { resume: 'timeInterval', amount: 70, unit: 'seconds' },
		};
		await publish('waited', { between: [wait] });
		await postHits(hook('waited'), [{ n: 1 }, { n: 2 }]);
		await receiver.waitFor(2, { path: '/waited', timeoutMs: 120_000 });
		await settledAs('waited', 'delivered');
		expect(receiver.requests('/waited')).toHaveLength(2);
		const rows = (await stored.rows(n8n.userFolder)).filter((row) => row.name === 'waited');
		expect(rows.every((row) => row.status === 'delivered' && row.attempt === 1)).toBe(true);
	},
	180_000,
);

test.concurrent(
	'a workflow that fails before the sender gets its deliveries again',
	async () => {
		receiver.on('/check', answers.status(500), answers.ok('{}'));
		const check = {
			name: 'Check',
			type: 'n8n-nodes-base.httpRequest',
			typeVersion: 4.2,
			parameters: { url: `${receiver.url}/check`, options: {} },
		};
		const merge = {
			name: 'Back',
			type: 'n8n-nodes-base.set',
			typeVersion: 3.4,
			parameters: {
				mode: 'raw',
				jsonOutput: "={{ JSON.stringify($('Postback Trigger').item.json) }}",
				options: {},
			},
		};
		await publish('again', { between: [check, merge] });
		await postHits(hook('again'), { n: 1 });
		await receiver.waitFor(1, { path: '/again', timeoutMs: 150_000 });
		const rows = await settledAs('again', 'delivered');
		expect(rows.find((row) => row.name === 'again')).toMatchObject({ attempt: 1 });
		expect(receiver.requests('/again')).toHaveLength(1);
	},
	200_000,
);

test.concurrent(
	'with a Wait node at the Retry output the workflow retries by itself',
	async () => {
		receiver.on('/stateless', answers.status(503), answers.status(503), answers.ok());
		const json = workflow(
			'Stateless',
			[
				{
					name: 'Webhook',
					type: 'n8n-nodes-base.webhook',
					typeVersion: 2,
					webhookId: crypto.randomUUID(),
					parameters: { path: 'stateless', httpMethod: 'POST', options: {} },
				},
				{
					name: 'HTTP Delivery',
					type: 'n8n-nodes-postback.httpDelivery',
					parameters: {
						source: 'fields',
						method: 'PUT',
						url: `${receiver.url}/stateless`,
						bodyFrom: 'text',
						body: '={{ JSON.stringify($json.body) }}',
						retryPolicy: 'fixedList',
						retrySettings: { scheduleSeconds: '15, 20' },
						retries: 'output',
						options: { allowedHosts: '127.0.0.1' },
					},
				},
				{
					name: 'Wait',
					type: 'n8n-nodes-base.wait',
					typeVersion: 1.1,
					parameters: { resume: 'specificTime', dateTime: '={{ $json.delivery.nextAttemptAt }}' },
				},
				{ name: 'Delivered', type: 'n8n-nodes-base.noOp' },
			],
			[
				['Webhook', 'HTTP Delivery'],
				['HTTP Delivery', 'Delivered', 0],
				['HTTP Delivery', 'Wait', 1],
				['Wait', 'HTTP Delivery'],
			],
		);
		const { id } = await n8n.api.createWorkflow(json);
		await n8n.api.activate(id);
		await postHits(hook('stateless'), { order: 7 });
		const requests = await receiver.waitFor(3, { path: '/stateless', timeoutMs: 60_000 });
		expect(requests.map((request) => request.method)).toEqual(['PUT', 'PUT', 'PUT']);
		expect(new Set(requests.map((request) => request.body.toString()))).toEqual(
			new Set(['{"order":7}']),
		);
		expect(new Set(requests.map((request) => request.headers['webhook-id'])).size).toBe(1);
		const [summary] = await n8n.api.listExecutions(id);
		const execution = await n8n.api.waitForExecution(summary.id);
		const [item] = itemsOf(execution, 'HTTP Delivery', 0);
		expect(item.json.delivery).toMatchObject({ attempt: 3, status: 'delivered' });
	},
	120_000,
);

test.concurrent(
	'429 with Retry-After holds back everything for that endpoint, not for others',
	async () => {
		const other = await Receiver.start();
		receiver.on('/busy', answers.tooMany(4), answers.ok());
		await publish('busy', {
			postbacks: [
				{ name: 'busy', url: `${receiver.url}/busy?n={n}` },
				{ name: 'free', url: `${other.url}/free?n={n}` },
			],
			senderOptions: { concurrency: 1 },
		});
		await postHits(
			hook('busy'),
			Array.from({ length: 10 }, (_, n) => ({ n })),
		);
		await other.waitFor(10, { path: '/free', timeoutMs: 30_000 });
		const free = other.requests('/free').at(-1);
		const requests = await receiver.waitFor(11, { path: '/busy', timeoutMs: 60_000 });
		expect(requests[1].time - requests[0].time).toBeGreaterThanOrEqual(3_900);
		expect(free?.time).toBeLessThan(requests[1].time);
		await stored.waitFor(n8n.userFolder, (rows) => {
			const busy = rows.filter((row) => row.name === 'busy');
			return busy.length === 10 && busy.every((row) => row.status === 'delivered');
		});
		const busy = (await stored.rows(n8n.userFolder)).filter((row) => row.name === 'busy');
		// What was only held back keeps its attempt number.
		expect(busy.filter((row) => row.attempt === 1)).toHaveLength(9);
		expect(busy.filter((row) => row.attempt === 2)).toHaveLength(1);
		await other.close();
	},
	120_000,
);

test.concurrent(
	'a credential that is refused three times in a row pauses the queue and says so',
	async () => {
		receiver.on('/locked', answers.status(401));
		const credential = await n8n.api.createCredential('Wrong key', 'postbackBearerTokenApi', {
			token: 'not-the-right-one',
			allowedDomains: '127.0.0.1',
		});
		const json = spineWorkflow({
			path: 'locked',
			postbacks: [{ name: 'locked', url: `${receiver.url}/locked?n={n}` }],
			sender: { authentication: 'bearerToken' },
			senderOptions: { concurrency: 1 },
		});
		const sender = json.nodes.find(({ name }) => name === 'HTTP Delivery');
		if (sender) sender.credentials = { postbackBearerTokenApi: credential };
		const { id } = await n8n.api.createWorkflow(json);
		await n8n.api.activate(id);
		await postHits(
			hook('locked'),
			Array.from({ length: 8 }, (_, n) => ({ n })),
		);
		await receiver.waitFor(3, { path: '/locked' });
		await stored.waitFor(
			n8n.userFolder,
			(rows) => rows.filter((row) => row.name === 'locked' && row.status === 'dead').length === 2,
		);
		await new Promise((resolve) => setTimeout(resolve, 2_000));
		const requests = receiver.requests('/locked');
		expect(requests).toHaveLength(3);
		expect(requests[0].headers.authorization).toBe('Bearer not-the-right-one');
		const rows = (await stored.rows(n8n.userFolder)).filter((row) => row.name === 'locked');
		// The third refusal tells that the credential is at fault: that delivery and the rest are kept.
		expect(rows.filter((row) => row.status === 'pending')).toHaveLength(6);
		for (const { id: executionId } of await n8n.api.finishedExecutions(id)) {
			const execution = await n8n.api.getExecution(executionId);
			expect(JSON.stringify(execution.data)).not.toContain('not-the-right-one');
		}
	},
	60_000,
);

test.concurrent(
	'a credential goes to no host that is neither in the node nor allowed',
	async () => {
		const credential = await n8n.api.createCredential('Elsewhere', 'postbackBearerTokenApi', {
			token: 'for-somebody-else',
			allowedDomains: 'api.example.com',
		});
		const json = spineWorkflow({
			path: 'foreign',
			postbacks: [{ name: 'foreign', url: `${receiver.url}/foreign` }],
			sender: { authentication: 'bearerToken' },
		});
		const sender = json.nodes.find(({ name }) => name === 'HTTP Delivery');
		if (sender) sender.credentials = { postbackBearerTokenApi: credential };
		const { id } = await n8n.api.createWorkflow(json);
		await n8n.api.activate(id);
		await postHits(hook('foreign'), { n: 1 });
		await settledAs('foreign', 'dead');
		expect(receiver.requests('/foreign')).toHaveLength(0);
	},
	60_000,
);

test.concurrent(
	'a private address that nobody opened is not sent to',
	async () => {
		await publish('private', { senderOptions: { allowedHosts: '' } });
		await postHits(hook('private'), { n: 1 });
		const rows = await settledAs('private', 'dead');
		expect(rows.find((row) => row.name === 'private')?.reason).toContain('Allowed Private Hosts');
		expect(receiver.requests('/private')).toHaveLength(0);
	},
	60_000,
);
