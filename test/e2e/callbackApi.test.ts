import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { itemsOf, poll, startN8n, workflow, type Item, type N8n } from './harness/index.ts';

const run = promisify(execFile);
const TOKEN = 'token-of-an-e2e-test';
const PROPERTY = 'PR5e22de986a7c4070965e7546b2bb108d';
const WEBHOOK = randomUUID();

let n8n: N8n;
let workflowId: string;
let base: string;

beforeAll(async () => {
	n8n = await startN8n({ env: { N8N_DISABLE_UI: 'true' } });
	const type = 'postbackCallbackTokensApi';
	const token = { name: 'curl', token: TOKEN, access: 'all', properties: '' };
	const { id, name } = await n8n.api.createCredential('Tokens', type, {
		holders: { token: [token] },
	});
	const saved = await n8n.api.createWorkflow(
		workflow(
			'Callback service',
			[
				{
					name: 'API',
					type: 'n8n-nodes-postback.callbackApiTrigger',
					webhookId: WEBHOOK,
					parameters: {
						path: 'callbacks-api',
						properties: { property: [{ name: 'Shop', propertyId: PROPERTY }] },
						settings: { auditEvents: true },
					},
					credentials: { [type]: { id, name } },
				},
				{ name: 'Changes', type: 'n8n-nodes-base.noOp' },
			],
			[['API', 'Changes']],
		),
	);
	workflowId = saved.id;
	await n8n.api.activate(workflowId);
	// As n8n names itself, and so the service in its links.
	base = n8n.webhookUrl(`${WEBHOOK}/callbacks-api`).replace('127.0.0.1', 'localhost');
});

afterAll(async () => await n8n?.remove());

interface Answer {
	status: number;
	type: string;
	text: string;
	json: {
		data: { id: string; attributes: Record<string, unknown>; links: Record<string, string> };
		meta: Record<string, unknown>;
		errors: { code: string }[];
	};
}

/** Runs a command line of the documentation: what follows `curl`, with the URL of this service. */
async function curl(...args: string[]): Promise<Answer> {
	const marks = '\n%{http_code} %{content_type}';
	const { stdout } = await run('curl', ['-s', '-w', marks, ...args]);
	const lines = stdout.split('\n');
	const [, status, type] = /^(\d+) ?(.*)$/.exec(lines.pop() as string) as RegExpExecArray;
	const text = lines.join('\n');
	const json = (text === '' ? undefined : JSON.parse(text)) as Answer['json'];
	return { status: Number(status), type, text, json };
}

const HEADERS = [
	...['-H', `Authorization: Bearer ${TOKEN}`],
	...['-H', 'x-api-key: {API_KEY}'],
	...['-H', 'x-gw-ims-org-id: {IMS_ORG}'],
];
const ACCEPT = [...HEADERS, '-H', 'Accept: application/vnd.api+json;revision=1'];
const CONTENT = [...HEADERS, '-H', 'Content-Type: application/json'];
const JSON_API = 'application/vnd.api+json';
const CREATE = `{
        "data": {
          "attributes": {
            "url": "https://www.example.com",
            "subscriptions": [
              "rule.created"
            ]
          }
        }
      }`;
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

const resource = (id: string, attributes: Record<string, unknown> = {}) => ({
	id,
	type: 'callbacks',
	attributes: {
		created_at: TIME,
		subscriptions: ['rule.created'],
		updated_at: TIME,
		url: 'https://www.example.com',
		...attributes,
	},
	relationships: {
		property: {
			links: { related: `${base}/callbacks/${id}/property` },
			data: { id: PROPERTY, type: 'properties' },
		},
	},
	links: { property: `${base}/properties/${PROPERTY}`, self: `${base}/callbacks/${id}` },
});

const create = async () =>
	await curl('-X', 'POST', `${base}/properties/${PROPERTY}/callbacks`, ...CONTENT, '-d', CREATE);

test('the requests of the documentation, sent with curl, get its answers', async () => {
	const created = await create();
	const { id } = created.json.data;
	expect(created).toMatchObject({ status: 201, type: JSON_API });
	expect(created.json).toEqual({ data: resource(id) });

	const listed = await curl('-X', 'GET', `${base}/properties/${PROPERTY}/callbacks`, ...ACCEPT);
	expect(listed).toMatchObject({ status: 200, type: JSON_API });
	expect(listed.json).toEqual({
		data: [resource(id)],
		meta: {
			pagination: {
				current_page: 1,
				next_page: null,
				prev_page: null,
				total_pages: 1,
				total_count: 1,
			},
		},
	});

	const found = await curl('-X', 'GET', `${base}/callbacks/${id}`, ...ACCEPT);
	expect(found).toMatchObject({ status: 200, type: JSON_API });
	expect(found.json).toEqual({ data: resource(id) });

	const subscriptions = ['rule.created', 'build.created'];
	const update = { data: { attributes: { subscriptions }, type: 'callbacks', id } };
	const body = JSON.stringify(update, null, 2);
	for (const method of ['PUT', 'PATCH']) {
		const changed = await curl('-X', method, `${base}/callbacks/${id}`, ...CONTENT, '-d', body);
		expect(changed).toMatchObject({ status: 200, type: JSON_API });
		expect(changed.json).toEqual({ data: resource(id, { subscriptions }) });
	}

	const deleted = await curl('-X', 'DELETE', `${base}/callbacks/${id}`, ...HEADERS);
	expect(deleted).toMatchObject({ status: 204, type: '', text: '' });
	const gone = await curl('-X', 'GET', `${base}/callbacks/${id}`, ...ACCEPT);
	expect(gone).toMatchObject({ status: 404, json: { errors: [{ code: 'not-found' }] } });
});

test('a client may send the media type of JSON:API', async () => {
	const headers = [...HEADERS, '-H', `Content-Type: ${JSON_API}`];
	const path = `${base}/properties/${PROPERTY}/callbacks`;
	expect(await curl('-X', 'POST', path, ...headers, '-d', CREATE)).toMatchObject({ status: 201 });
});

test('what its links point to is there', async () => {
	const { data } = (await create()).json;
	const { attributes } = (await curl(data.links.property, ...ACCEPT)).json.data;
	expect(attributes).toMatchObject({ name: 'Shop', created_at: TIME });
	const related = await curl(`${data.links.self}/property`, ...ACCEPT);
	expect(related.json.data.id).toBe(PROPERTY);
});

test.each<[string, string[], string, number]>([
	['without a token', ['-H', 'Accept: */*'], `/properties/${PROPERTY}/callbacks`, 401],
	[
		'with a body that is no JSON',
		[...CONTENT, '-d', '{"data":'],
		`/properties/${PROPERTY}/callbacks`,
		400,
	],
	['with an empty body', [...CONTENT, '-X', 'POST'], `/properties/${PROPERTY}/callbacks`, 400],
	['with another method', [...CONTENT, '-X', 'PUT', '-d', '{}'], `/properties/${PROPERTY}`, 405],
	['to what there is not', ACCEPT, '/rules', 404],
	[
		'that is too large',
		[...CONTENT, '-d', 'x'.repeat(300_000)],
		`/properties/${PROPERTY}/callbacks`,
		413,
	],
])('a request %s is answered by the API and not by n8n', async (_name, args, path, status) => {
	// A command line has its limits too.
	const big = args.at(-1) as string;
	const answer =
		big.length < 100_000 ? await curl(`${base}${path}`, ...args) : await post(path, big);
	expect(answer).toMatchObject({ status, type: JSON_API });
	expect(answer.json.errors).toHaveLength(1);
});

async function post(path: string, body: string): Promise<Answer> {
	const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
	const response = await fetch(`${base}${path}`, { method: 'POST', headers, body });
	const text = await response.text();
	const type = response.headers.get('content-type') ?? '';
	return { status: response.status, type, text, json: JSON.parse(text) as Answer['json'] };
}

/** What the workflow got, over all its executions. */
async function changes(): Promise<Item[]> {
	const items: Item[] = [];
	for (const { id, status } of await n8n.api.listExecutions(workflowId)) {
		if (status !== 'success') continue;
		items.push(...itemsOf(await n8n.api.getExecution(id), 'Changes'));
	}
	return items;
}

test('every change becomes an item, and an audit event that can be looked up', async () => {
	const { id } = (await create()).json.data;
	const item = await poll(
		async () => (await changes()).find(({ json }) => (json.callback as { id: string }).id === id),
		{ timeoutMs: 20_000, what: 'the item of a new callback' },
	);
	expect(item.json).toMatchObject({
		change: 'created',
		author: 'curl',
		property: { id: PROPERTY, name: 'Shop' },
		callback: resource(id),
	});
	const { data } = item.json.event as { data: { id: string; links: { self: string } } };
	const found = await curl(data.links.self, ...ACCEPT);
	expect(found.json).toEqual(item.json.event);
});

test('callbacks outlast a restart, and so does the API', async () => {
	const { id } = (await create()).json.data;
	await n8n.kill();
	await n8n.start();
	const found = await poll(
		async () => {
			const answer = await curl(`${base}/callbacks/${id}`, ...ACCEPT);
			return answer.status === 200 && answer;
		},
		{ timeoutMs: 60_000, what: 'the API after a restart' },
	);
	expect(found.json.data).toEqual(resource(id));
});
