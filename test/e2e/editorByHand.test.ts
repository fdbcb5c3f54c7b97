import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootDir } from '../../scripts/paths.ts';
import { Editor, findChromium } from './harness/editor.ts';
import { Receiver, startN8n, type N8n } from './harness/index.ts';

const chromium = findChromium();
const inBrowser = chromium ? describe : describe.skip;
const refresh = process.env.REFRESH_IMAGES === '1';

const TOKEN = 'a-token-made-by-hand';

inBrowser('the main workflow, built by hand in the editor', () => {
	let receiver: Receiver;
	let n8n: N8n;
	let editor: Editor;
	let images: string;

	beforeAll(async () => {
		images = refresh
			? join(rootDir, 'docs', 'images')
			: await mkdtemp(join(tmpdir(), 'postback-images-'));
		receiver = await Receiver.start();
		n8n = await startN8n();
		editor = await Editor.open(n8n, String(chromium));
	});

	afterAll(async () => {
		await editor?.close();
		await n8n?.remove();
		await receiver?.close();
		if (!refresh) await rm(images, { recursive: true, force: true });
	});

	test('the trigger is found, placed and filled in, down to a postback', async () => {
		await editor.openWorkflow();
		await editor.byTestId('canvas-plus-button').first().click();
		await editor.pickNode('Postback Trigger');
		await editor.fill('path', 'by-hand');
		await editor.page.getByRole('button', { name: 'Add Postback' }).click();
		await editor.fill('name', 'Main menu shown');
		await editor.switchOn('active');
		await editor.fill('url', `${receiver.url}/{user.name}`);
		await editor.choose('testRun', 'Use a Sample');
	});

	test('a credential is made where it is asked for, and tested when it is saved', async () => {
		await editor.choose('authentication', 'Bearer Token');
		const labels = await editor.fieldLabels();
		expect(labels.indexOf('Credential for Bearer Token API')).toBeGreaterThan(
			labels.indexOf('Authentication'),
		);
		expect(labels).toContain('Delivery Store (Optional)');
		await editor.page.getByText('Connect to Bearer Token').click();
		await editor.fill('token', TOKEN);
		const tested = editor.page.waitForResponse((answer) =>
			answer.url().endsWith('/rest/credentials/test'),
		);
		await editor.byTestId('credential-save-button').click();
		const { data } = (await (await tested).json()) as { data: { status: string } };
		expect(data.status).toBe('OK');
		await editor.page.getByText('Credential successfully created').waitFor();
		if (!(await editor.byTestId('node-parameters').isVisible()))
			await editor.page.keyboard.press('Escape');
		await editor.closeNode();
	});

	test('the sender is connected, and says at once that nobody would carry out its retries', async () => {
		await editor.byTestId('canvas-handle-plus').first().click();
		await editor.pickNode('HTTP Delivery');
		await editor.page.waitForTimeout(1_000);
		const hints = await editor.byTestId('node-hint').allInnerTexts();
		expect(hints.join()).toContain('This workflow has no node called "Delivery Queue Trigger"');
		await editor.screenshot(join(images, 'hint.png'));
		await editor.addOption('Allowed Private Hosts');
		await editor.fill('allowedHosts', '127.0.0.1');
		await editor.closeNode();
	});

	test('with a Delivery Queue Trigger the hint is gone', async () => {
		await editor.byTestId('node-creator-plus-button').first().click();
		await editor.pickNode('Delivery Queue Trigger');
		await editor.closeNode();
		await editor.fitCanvas();
		await editor.connect('Delivery Queue Trigger', 'HTTP Delivery');
		await editor.byTestId('tidy-up-button').click();
		await editor.openNode('HTTP Delivery');
		expect(await editor.byTestId('node-hint').count()).toBe(0);
		await editor.closeNode();
	});

	test('it runs with the sample, without a request, and the output shows what was delivered', async () => {
		await editor.runFrom('Postback Trigger');
		await editor.page.getByText('Workflow executed successfully').waitFor();
		expect(receiver.requests('/bob')).toHaveLength(1);
		const panel = await editor.openNode('HTTP Delivery');
		const output = await panel.innerText();
		for (const name of ['Delivered', 'Retrying', 'Dead Letter']) expect(output).toContain(name);
		expect(output).toContain('Main menu shown');
		const hints = (await editor.byTestId('node-hint').allInnerTexts()).join();
		expect(hints).toContain('Save successful production executions');
		expect(hints).not.toContain('No Delivery Queue Trigger');
		await editor.closeNode();
	});

	test('each output of the sender has a name that the canvas shows in full', async () => {
		await editor.fitCanvas();
		const names = await editor.outputNames('HTTP Delivery');
		expect(names.map(({ text }) => text)).toEqual(['Delivered', 'Retrying', 'Dead Letter']);
		expect(names.filter(({ isCut }) => isCut)).toEqual([]);
		await editor.screenshot(join(images, 'by-hand.png'));
	});

	test('published, it delivers a hit that shows the token, and refuses one that does not', async () => {
		await editor.publish();
		const hit = async (headers: Record<string, string>) =>
			await fetch(n8n.webhookUrl('by-hand'), {
				method: 'POST',
				headers: { 'content-type': 'application/json', ...headers },
				body: JSON.stringify({ user: { name: 'alice' } }),
			});
		expect((await hit({})).status).toBe(401);
		expect((await hit({ authorization: `Bearer ${TOKEN}` })).status).toBe(202);
		const [request] = await receiver.waitFor(1, { path: '/alice' });
		expect(request.url).toBe('/alice');
	});
});
