import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startExampleReceiver } from '../../scripts/demo/example-receiver.ts';
import { importWorkflows } from '../../scripts/import-workflows.ts';
import { rootDir } from '../../scripts/paths.ts';
import { Editor, findChromium } from './harness/editor.ts';
import { poll, startN8n, workflow, type N8n, type Receiver } from './harness/index.ts';

const chromium = findChromium();
const inBrowser = chromium ? describe : describe.skip;

/** The pictures of the documentation are made anew when this is set; else nobody keeps them. */
const refresh = process.env.REFRESH_IMAGES === '1';

inBrowser("n8n's editor", () => {
	let receiver: Receiver;
	let n8n: N8n;
	let editor: Editor;
	let images: string;
	let workflowId: string;
	/** The example workflows, by file. */
	let ids: Map<string, string>;

	beforeAll(async () => {
		images = refresh
			? join(rootDir, 'docs', 'images')
			: await mkdtemp(join(tmpdir(), 'postback-images-'));
		receiver = await startExampleReceiver();
		n8n = await startN8n();
		const imported = await importWorkflows(n8n.api);
		ids = new Map(imported.map(({ file, id }) => [file, id]));
		workflowId = String(ids.get('postback-delivery.json'));
		editor = await Editor.open(n8n, String(chromium));
	});

	afterAll(async () => {
		await editor?.close();
		await n8n?.remove();
		await receiver?.close();
		if (!refresh) await rm(images, { recursive: true, force: true });
	});

	const picture = (name: string) => join(images, `${name}.png`);

	test('shows the example workflow, with every node known', async () => {
		await editor.openWorkflow(workflowId);
		await editor.fitCanvas();
		const nodes = await editor
			.byTestId('canvas-node')
			.evaluateAll((all) => all.map((node) => node.getAttribute('data-node-name')));
		expect(nodes.sort()).toEqual([
			'Dead Letter',
			'Delivered',
			'Delivery Queue Trigger',
			'HTTP Delivery',
			'Postback Trigger',
		]);
		expect(await editor.page.getByText('Try it', { exact: true }).isVisible()).toBe(true);
		await editor.screenshot(picture('canvas'));
	});

	test.each([
		[
			'Postback Trigger',
			[
				'Path',
				'Emit',
				'Postbacks',
				'Sample Hit',
				'Test Run',
				'Authentication',
				'Privacy Default',
				'Privacy Key',
			],
		],
		[
			'HTTP Delivery',
			['Send', 'Authentication', 'Sign Messages', 'Retry Policy', 'Retries', 'Options'],
		],
		['Delivery Queue Trigger', ['Options']],
	])('%s shows its fields', async (name, labels) => {
		await editor.openNode(name);
		expect(await editor.fieldLabels()).toEqual(expect.arrayContaining(labels));
		await editor.screenshotFields(picture(name.toLowerCase().replaceAll(' ', '-')), 1_500);
		await editor.closeNode();
	});

	test.each([
		[
			'callback-service.json',
			[
				[
					'Callback API Trigger',
					['Path', 'Delivery Store (Optional)', 'Properties', 'Test Run', 'Options'],
				],
				[
					'Callback Subscribe',
					[
						'Callbacks Of',
						'Delivery Store (Optional)',
						'Operation',
						'Property',
						'Event',
						'Event Type',
						'Entity',
						'Messages',
					],
				],
			],
		],
		[
			'reactor-audit-log.json',
			[['Callback Trigger', ['Property', 'Event Types', 'Other Event Types', 'Check Events']]],
		],
		[
			'push-journey.json',
			[
				[
					'Hits',
					['Path', 'Emit', 'Which Events', 'Conditions', 'Must Hold'],
					'postback-trigger-events',
				],
			],
		],
	] as const)('the nodes of %s show their fields', async (file, nodes) => {
		await editor.openWorkflow(String(ids.get(file)));
		await editor.fitCanvas();
		for (const [name, labels, image = name.toLowerCase().replaceAll(' ', '-')] of nodes) {
			await editor.openNode(name);
			const shown = await editor.fieldLabels();
			expect(shown).toEqual(expect.arrayContaining([...labels]));
			// A credential is drawn below the question to which it is the answer.
			if (name === 'Callback Subscribe') expect(shown[0]).toBe('Callbacks Of');
			if (name === 'Callback API Trigger') {
				await editor.page.getByText('Webhook URLs').click();
				const urls = await editor.byTestId('node-parameters').innerText();
				expect(urls).toMatch(/\/webhook-test\/[0-9a-z-]+\/callback-demo\n/);
				expect(urls).not.toContain(':collection');
			}
			await editor.screenshotFields(picture(image), 1_500);
			await editor.closeNode();
		}
	});

	test('Push Notification shows the fields of each of its operations', async () => {
		const operations: [operation: string, labels: string[]][] = [
			['getDevices', ['Find By', 'Profile Key', 'Include Denylisted']],
			['registerToken', ['Registration', 'Profile Key']],
			['removeProfile', ['Profile Key']],
			['removeToken', ['App ID', 'Platform', 'Token']],
			['report', ['Message ID', 'From', 'To', 'Period']],
			['send', ['Channel Configuration', 'Send To', 'Title', 'Body', 'Retries', 'Options']],
			['setConsent', ['Profile Key', 'Consent', 'App ID']],
			['trackInteraction', []],
		];
		const type = 'n8n-nodes-postback.pushNotification';
		const json = workflow('Push', [
			{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
			...operations.map(([operation]) => ({ name: operation, type, parameters: { operation } })),
		]);
		const { id } = await n8n.api.createWorkflow(json);
		await editor.openWorkflow(id);
		await editor.fitCanvas();
		for (const [operation, labels] of operations) {
			await editor.openNode(operation);
			const shown = await editor.fieldLabels();
			expect(shown.filter((label) => labels.includes(label))).toEqual(labels);
			// Only what sends has credentials of providers.
			expect(shown.some((label) => label.includes('APNs'))).toBe(operation === 'send');
			await editor.closeNode();
		}
	});

	test('Delivery Log shows the fields of each operation, in the order in which one thinks', async () => {
		const settings: [string, Record<string, unknown>, string[]][] = [
			[
				'Get many',
				{
					operation: 'getMany',
					getManyStates: ['dead'],
					getManyFilters: { endpoint: '*example.com*', unreported: true },
				},
				['Operation', 'States', 'Filters', 'Return All', 'Limit', 'Options'],
			],
			['Get', { operation: 'get' }, ['Operation', 'Delivery ID', 'Options']],
			['Get attempts', { operation: 'getAttempts' }, ['Operation', 'Delivery ID']],
			['Replay', { operation: 'replay' }, ['Operation', 'Which', 'Delivery ID', 'Options']],
			[
				'Replay many',
				{ operation: 'replay', replayWhich: 'filter', replayFilters: { reason: 'HTTP 5*' } },
				['Operation', 'Which', 'States', 'Filters', 'Options'],
			],
			['Cancel', { operation: 'cancel' }, ['Operation', 'Which', 'Delivery ID']],
			[
				'Move',
				{ operation: 'move' },
				['Operation', 'From Queue', 'To Queue', 'Filters', 'Options'],
			],
			['Statistics', { operation: 'statistics' }, ['Operation', 'Period', 'Group By', 'Filters']],
			['Purge', { operation: 'purge' }, ['Operation', 'States', 'Older Than (Days)', 'Filters']],
			[
				'Dashboard',
				{ operation: 'dashboard' },
				['Operation', 'Query', 'Form', 'Replay and Cancel', 'Filters', 'Options'],
			],
			['Metrics', { operation: 'metrics' }, ['Operation', 'Options']],
			['Progress', { operation: 'progress' }, ['Operation']],
		];
		const nodes = settings.map(([name, parameters], at) => ({
			name,
			type: 'n8n-nodes-postback.deliveryLog',
			position: [(at % 3) * 260, Math.floor(at / 3) * 180] as [number, number],
			parameters,
		}));
		const { id } = await n8n.api.createWorkflow(workflow('Delivery Log', nodes));
		await editor.openWorkflow(id);
		await editor.fitCanvas();
		const first = editor.byTestId('canvas-node').filter({ hasText: 'Get many' }).first();
		expect(await first.innerText()).toContain('Get many: dead');
		for (const [name, , labels] of settings) {
			await editor.openNode(name);
			const shown = await editor.fieldLabels();
			expect({ name, shown: shown.filter((label) => labels.includes(label)) }).toEqual({
				name,
				shown: labels,
			});
			if (name === 'Get many') await editor.screenshotFields(picture('delivery-log'), 1_500);
			await editor.closeNode();
		}
	});

	test('a run shows where a refused message went', async () => {
		await editor.openWorkflow(workflowId);
		await editor.fitCanvas();
		await editor.byTestId('execute-workflow-button').click();
		await editor.page.getByText('Waits for a hit at the test URL').waitFor();
		// The editor says so a moment before n8n listens.
		const answer = await poll(
			async () => {
				const one = await fetch(`${n8n.webhookUrl('postback-demo', true)}?answer=410`);
				return one.status !== 404 && one;
			},
			{ timeoutMs: 30_000, what: 'n8n to listen at the test URL' },
		);
		expect(answer.status).toBe(202);
		await editor.page.getByText('Workflow executed successfully').waitFor();
		await editor.page.getByText('Workflow executed successfully').waitFor({ state: 'hidden' });
		await editor.screenshot(picture('run'));
		const panel = await editor.openNode('Dead Letter');
		expect(await panel.innerText()).toContain('Try a failure: HTTP 410');
		await editor.screenshot(picture('dead-letter'));
		await editor.closeNode();
	});

	test('the node picker finds the nodes by their names, and by what they are for', async () => {
		await editor.openWorkflow();
		await editor.byTestId('canvas-plus-button').first().click();
		for (const name of ['Postback Trigger', 'HTTP Delivery', 'Delivery Queue Trigger']) {
			expect((await editor.searchNodes(name))[0]).toBe(name);
		}
		expect((await editor.searchNodes('subscribe'))[0]).toBe('Callback Subscribe');
		expect(await editor.searchNodes('webhook service')).toContain('Callback API Trigger');
		expect(await editor.searchNodes('audit')).toContain('Callback Trigger');
		expect(await editor.searchNodes('retry')).toContain('HTTP Delivery');
		expect(await editor.searchNodes('dead letter')).toContain('Delivery Queue Trigger');
		expect(await editor.searchNodes('replay')).toContain('Delivery Log');
		expect(await editor.searchNodes('Mobile Services')).toContain('Postback Trigger');
		for (const text of ['APNs', 'Firebase', 'push notification', 'device token']) {
			expect(await editor.searchNodes(text)).toContain('Push Notification');
		}
		expect(await editor.searchNodes('postback')).toContain('Postback Trigger');
		await editor.screenshot(picture('node-picker'));
	});
});
