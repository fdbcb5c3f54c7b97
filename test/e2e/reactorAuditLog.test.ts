import { importWorkflows } from '../../scripts/import-workflows.ts';
import {
	API_KEY,
	ORGANIZATION,
	PROPERTY,
	startReactorDouble,
	type ReactorDouble,
} from '../support/reactorDouble';
import { byId } from './harness/callbacks.ts';
import { itemsOf, nodeOf, poll, startN8n, workflow, type N8n } from './harness/index.ts';

let n8n: N8n;
let double: ReactorDouble;
let workflowId: string;
let hook: string;
let rowsId: string;

/** Adobe sends to https only, and what is sent here comes from this test. */
const OUTSIDE = 'https://n8n.example.com/';

beforeAll(async () => {
	double = await startReactorDouble();
	n8n = await startN8n({ env: { N8N_DISABLE_UI: 'true', WEBHOOK_URL: OUTSIDE } });
	const imported = await importWorkflows(n8n.api);
	workflowId = String(imported.find(({ file }) => file === 'reactor-audit-log.json')?.id);
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await double?.server.close();
});

async function run(id: string, trigger: string) {
	const { executionId } = await n8n.api.runManually(id, { trigger });
	const execution = await n8n.api.waitForExecution(String(executionId));
	expect(execution.data.resultData.error).toBeUndefined();
	return execution;
}

/** The rows of the table that the example writes. */
async function rows(): Promise<Array<Record<string, unknown>>> {
	return itemsOf(await run(rowsId, 'Start'), 'Rows').map(({ json }) => json);
}

/** Posts an event as Adobe does. */
async function post(event: object): Promise<number> {
	const response = await fetch(hook, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(event),
	});
	return response.status;
}

test('the table is made once, however often that is run', async () => {
	await run(workflowId, 'Make the table');
	await run(workflowId, 'Make the table');
	const json = workflow(
		'Rows',
		[
			{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
			{
				name: 'Rows',
				type: 'n8n-nodes-base.dataTable',
				typeVersion: 1.1,
				parameters: {
					operation: 'get',
					dataTableId: { __rl: true, mode: 'name', value: 'Reactor audit log' },
					returnAll: true,
				},
			},
		],
		[['Start', 'Rows']],
	);
	({ id: rowsId } = await n8n.api.createWorkflow(json));
	expect(await rows()).toEqual([]);
});

test('publishing registers it for the events of the example', async () => {
	const type = 'postbackReactorApi';
	const { id, name } = await n8n.api.createCredential('Adobe', type, {
		clientId: API_KEY,
		clientSecret: 'a secret of the double',
		organizationId: ORGANIZATION,
		scope: 'AdobeID,openid',
		accessTokenUrl: `${double.origin}/ims/token/v3`,
		baseUrl: double.origin,
		allowedHosts: '127.0.0.1',
	});
	const { nodes } = await n8n.api.getWorkflow(workflowId);
	const json = { name: '', nodes, connections: {} };
	const trigger = nodeOf(json, 'Callback Trigger');
	for (const node of [trigger, nodeOf(json, 'List what happened')]) {
		node.credentials = { [type]: { id, name } };
	}
	trigger.parameters.propertyId = byId(PROPERTY);
	await n8n.api.updateWorkflow(workflowId, { nodes });
	await n8n.api.activate(workflowId);
	const [callback] = [...double.callbacks.values()];
	expect(callback).toMatchObject({ property: PROPERTY, url: expect.stringContaining(OUTSIDE) });
	expect(callback.subscriptions).toEqual(
		expect.arrayContaining(['rule.created', 'library.updated']),
	);
	hook = callback.url.replace(OUTSIDE, `${n8n.url}/`);
});

test('an event becomes a row, and the same event the same row', async () => {
	const event = double.event('rule.created');
	const { id } = event.data as { id: string };
	expect(await post(event)).toBe(200);
	const [row] = await poll(
		async () => {
			const found = await rows();
			return found.length > 0 && found;
		},
		{ timeoutMs: 20_000, what: 'the row of an event' },
	);
	expect(row).toMatchObject({
		event_id: id,
		event_type: 'rule.created',
		entity_name: 'R',
		person: 'John Smith',
		person_email: 'jsmith@example.com',
		property: 'Shop',
	});
	expect(String(row.entity_id)).toMatch(/^RL/);
	expect(JSON.parse(String(row.entity))).toMatchObject({ type: 'rules' });
	expect(await post(event)).toBe(200);
});

test('an event that Adobe does not know makes no row', async () => {
	const event = double.event('rule.updated');
	double.events.clear();
	expect(await post(event)).toBe(403);
});

test('catching up writes what was missed, and nothing twice', async () => {
	const [{ event_id: known }] = await rows();
	double.event('rule.created', { id: String(known) });
	double.event('build.created');
	double.event('rule.deleted', { at: '2020-01-31T00:00:00.000Z' });
	await run(workflowId, 'Catch up');
	const types = (await rows()).map(({ event_type }) => event_type);
	expect(types.sort()).toEqual(['build.created', 'rule.created']);
});

test('unpublishing removes it at Adobe', async () => {
	await n8n.api.deactivate(workflowId);
	await poll(async () => double.callbacks.size === 0, {
		timeoutMs: 30_000,
		what: 'the callback to be removed',
	});
});
