import { Receiver } from '../../scripts/receiver.ts';
import { itemsOf, poll, suiteN8n, workflow, type Execution } from './harness/index.ts';

const n8n = suiteN8n();
let receiver: Receiver;

beforeAll(async () => (receiver = await Receiver.start()));
afterAll(async () => await receiver.close());

const TYPE = 'n8n-nodes-postback';

/** Runs a workflow as the editor's button does, with nobody sending a request. */
async function run(id: string, trigger: string): Promise<Execution> {
	const started = await n8n().api.runManually(id, { trigger });
	if (started.executionId) return await n8n().api.waitForExecution(started.executionId);
	const { id: executionId } = await poll(async () => (await n8n().api.listExecutions(id))[0], {
		timeoutMs: 60_000,
		what: 'the execution of the sample',
	});
	return await n8n().api.waitForExecution(executionId);
}

const postback = {
	name: 'Main menu shown',
	active: true,
	url: '',
	triggers: {
		conditions: [
			{
				kind: 'other',
				otherKey: { mode: 'name', value: 'pageName' },
				otherMatcher: 'eq',
				value: 'MainMenu',
			},
		],
	},
};

async function postbackWorkflow(definition: object): Promise<string> {
	const { id } = await n8n().api.createWorkflow(
		workflow(
			'Sample hit',
			[
				{
					name: 'Postback Trigger',
					type: `${TYPE}.postbackTrigger`,
					parameters: {
						path: `sample-${Math.random()}`,
						postbacks: { postback: [definition] },
						testRun: 'sample',
						// The sample needs none of what a sender would have to show.
						authentication: 'bearerToken',
					},
				},
				{
					name: 'HTTP Delivery',
					type: `${TYPE}.httpDelivery`,
					parameters: { options: { allowedHosts: '127.0.0.1' } },
				},
			],
			[['Postback Trigger', 'HTTP Delivery']],
		),
	);
	return id;
}

test('Postback Trigger sends what its sample hit is composed to, and the sender says what is missing', async () => {
	const url = `${receiver.url}/{pageName}`;
	const execution = await run(await postbackWorkflow({ ...postback, url }), 'Postback Trigger');
	expect(execution.status).toBe('success');
	expect(itemsOf(execution, 'HTTP Delivery')[0].json.delivery).toMatchObject({
		test: true,
		status: 'delivered',
		request: { url: `${receiver.url}/MainMenu` },
	});
	const [{ hints = [] }] = execution.data.resultData.runData['HTTP Delivery'];
	const messages = hints.map(({ message }) => message).join('\n');
	expect(messages).toContain('No Delivery Queue Trigger is connected to this node');
	expect(messages).toContain('Save successful production executions: Do not save');
});

test('a sample that starts nothing is an error on the canvas that says what to change', async () => {
	const id = await postbackWorkflow({ ...postback, url: receiver.url, active: false });
	const execution = await run(id, 'Postback Trigger');
	expect(execution.status).toBe('error');
	const { error } = execution.data.resultData as { error?: { message: string } };
	expect(error?.message).toBe('No active postback matches the sample hit');
});

test('Callback API Trigger shows a change, with the IDs of its properties and its base URL', async () => {
	const { id: credential } = await n8n().api.createCredential(
		'tokens',
		'postbackCallbackTokensApi',
		{ holders: { token: [{ name: 'A', token: 'token-of-sixteen-characters', access: 'all' }] } },
	);
	const { id } = await n8n().api.createWorkflow(
		workflow('Sample change', [
			{
				name: 'API',
				type: `${TYPE}.callbackApiTrigger`,
				webhookId: 'b0b0b0b0-0000-4000-8000-000000000001',
				parameters: {
					path: 'sample-api',
					properties: { property: [{ name: 'Shop' }] },
					testRun: 'sample',
				},
				credentials: { postbackCallbackTokensApi: { id: credential, name: 'tokens' } },
			},
		]),
	);
	const execution = await run(id, 'API');
	const [{ json }] = itemsOf(execution, 'API');
	expect(json).toMatchObject({ change: 'created' });
	expect(JSON.stringify(json)).toMatch(/PR[0-9a-f]{32}/);
	// Published, the base URL is where it is shown, and answers as the API does.
	await n8n().api.activate(id);
	const base = `${n8n().url}/webhook/b0b0b0b0-0000-4000-8000-000000000001/sample-api`;
	const headers = { authorization: 'Bearer token-of-sixteen-characters' };
	const answer = await fetch(base, { headers });
	expect(answer.status).toBe(404);
	expect(answer.headers.get('content-type')).toContain('application/vnd.api+json');
	const [, propertyId] = /(PR[0-9a-f]{32})/.exec(JSON.stringify(json)) ?? [];
	const list = await fetch(`${base}/properties/${propertyId}/callbacks`, { headers });
	expect(list.status).toBe(200);
});

test('Callback Trigger shows an event, and registers nothing', async () => {
	const { id: credential } = await n8n().api.createCredential(
		'other',
		'postbackRemoteCallbackApi',
		{
			baseUrl: `${receiver.url}/api`,
			token: 'any',
			allowedHosts: '127.0.0.1',
		},
	);
	const { id } = await n8n().api.createWorkflow(
		workflow('Sample event', [
			{
				name: 'Events',
				type: `${TYPE}.callbackTrigger`,
				webhookId: 'b0b0b0b0-0000-4000-8000-000000000002',
				parameters: {
					service: 'remote',
					propertyId: { mode: 'id', value: `PR${'a'.repeat(32)}` },
					eventTypes: ['library.created'],
					testRun: 'sample',
				},
				credentials: { postbackRemoteCallbackApi: { id: credential, name: 'other' } },
			},
		]),
	);
	receiver.clear();
	const [{ json }] = itemsOf(await run(id, 'Events'), 'Events');
	expect(JSON.stringify(json)).toContain('library.created');
	expect(receiver.requests()).toEqual([]);
});

test('Delivery Queue Trigger shows a sample while nothing waits', async () => {
	const { id } = await n8n().api.createWorkflow(
		workflow('Queue', [{ name: 'Queue', type: `${TYPE}.deliveryQueueTrigger` }]),
	);
	const [{ json }] = itemsOf(await run(id, 'Queue'), 'Queue');
	expect(json.delivery).toMatchObject({ test: true, reason: 'HTTP 503' });
});
