import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IHookFunctions, INodeParameters, IWebhookFunctions } from 'n8n-workflow';
import { systemClock } from '../../../lib/clock';
import { isSampleRequest, ownUrlOf, startSampleRun } from '../../../nodes/shared/sampleRun';
import { poll } from '../../../scripts/host/poll.ts';
import { fakeContext } from '../harness/contexts';

/** Time that does not have to pass. */
const hurried = { ...systemClock, sleep: async () => await systemClock.sleep(1) };

/** An n8n that listens at its test URL only after so many requests. */
async function listener(refusals: number) {
	const requests: IncomingHttpHeaders[] = [];
	const server = createServer((request, response) => {
		requests.push(request.headers);
		response.statusCode = requests.length <= refusals ? 404 : 202;
		response.end();
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		requests,
		url: `http://127.0.0.1:${port}/elsewhere/hits`,
		close: async () => await new Promise((resolve) => server.close(resolve)),
	};
}

function hook(mode: string, parameters: INodeParameters, url: string, id = 'trigger') {
	const context = fakeContext({ node: { id, name: 'Trigger' }, parameters });
	const functions = { ...context, getMode: () => mode, getNodeWebhookUrl: () => url };
	return { functions: functions as unknown as IHookFunctions, lines: context.lines };
}

const asRequest = (mode: string, headers: IncomingHttpHeaders) =>
	({
		getMode: () => mode,
		getRequestObject: () => ({ headers }),
	}) as unknown as IWebhookFunctions;

test('a test run with the sample is started by one request, once n8n listens', async () => {
	const n8n = await listener(2);
	const { functions } = hook('manual', { testRun: 'sample' }, n8n.url);
	startSampleRun(functions, hurried);
	// As n8n asks for each webhook of a node.
	startSampleRun(functions, hurried);
	await poll(() => n8n.requests.length === 3, { timeoutMs: 5_000, what: 'the requests' });
	await systemClock.sleep(50);
	await n8n.close();
	expect(n8n.requests).toHaveLength(3);
	expect(isSampleRequest(asRequest('manual', n8n.requests[2]))).toBe(true);
});

test.each([
	['in production', 'trigger', { testRun: 'sample' }],
	['where the operator wants to wait', 'manual', { testRun: 'wait' }],
	['in workflows from before there was the choice', 'manual', {}],
])('nothing is sent %s', async (_when, mode, parameters) => {
	const n8n = await listener(0);
	startSampleRun(hook(mode, parameters, n8n.url).functions, hurried);
	await systemClock.sleep(50);
	await n8n.close();
	expect(n8n.requests).toEqual([]);
});

test('an n8n that cannot be reached is told in the log, with what to do', async () => {
	const n8n = await listener(0);
	await n8n.close();
	const { functions, lines } = hook('manual', { testRun: 'sample' }, n8n.url, 'unreachable');
	startSampleRun(functions, hurried);
	await poll(() => lines.length > 0, { timeoutMs: 10_000, what: 'the warning' });
	expect(lines[0].message).toContain('could not be reached at http://127.0.0.1');
	expect(lines[0].message).toContain('set Test Run to "Wait for a Request"');
});

test.each([
	['without the header', {}],
	['with another value', { 'x-postback-sample': 'guessed' }],
])('a request %s is none of a sample', (_what, headers) => {
	expect(isSampleRequest(asRequest('manual', headers))).toBe(false);
});

test('refused: the header of a test run at the production URL', async () => {
	const n8n = await listener(0);
	startSampleRun(hook('manual', { testRun: 'sample' }, n8n.url, 'other').functions, hurried);
	await poll(() => n8n.requests.length === 1, { timeoutMs: 5_000, what: 'the request' });
	await n8n.close();
	expect(isSampleRequest(asRequest('webhook', n8n.requests[0]))).toBe(false);
});

const PUBLIC = 'https://n8n.example.com/sub/webhook-test/abc/hits';

test.each([
	[{}, 'http://127.0.0.1:5678/webhook-test/abc/hits'],
	[{ N8N_PORT: '80', N8N_LISTEN_ADDRESS: '0.0.0.0' }, 'http://127.0.0.1:80/webhook-test/abc/hits'],
	[
		{ N8N_PROTOCOL: 'https', N8N_LISTEN_ADDRESS: '10.0.0.7' },
		'https://10.0.0.7:5678/webhook-test/abc/hits',
	],
	[{ N8N_LISTEN_ADDRESS: '::1' }, 'http://[::1]:5678/webhook-test/abc/hits'],
	[{ N8N_ENDPOINT_WEBHOOK_TEST: 'other' }, PUBLIC],
])('n8n is asked on its own machine: %j', (env, expected) => {
	expect(ownUrlOf(PUBLIC, env)).toBe(expected);
});
