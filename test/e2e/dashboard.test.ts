import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { importWorkflows } from '../../scripts/import-workflows.ts';
import { rootDir } from '../../scripts/paths.ts';
import { pretendDay } from './harness/history.ts';
import { findChromium } from './harness/editor.ts';
import { answers, Receiver, startN8n, type N8n } from './harness/index.ts';
import { postHits, spineWorkflow } from './harness/spine.ts';
import { stored } from './harness/store.ts';

const executablePath = findChromium();
const inBrowser = executablePath ? describe : describe.skip;

/** The pictures of the documentation are made anew when this is set; else nobody keeps them. */
const refresh = process.env.REFRESH_IMAGES === '1';

const USER = { username: 'operator', password: 'correct horse battery staple' };
const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>';

let n8n: N8n;
let receiver: Receiver;
/** Apart, so that its failures hold nothing else up. */
let late: Receiver;
let address: string;

beforeAll(async () => {
	receiver = await Receiver.start();
	late = await Receiver.start();
	n8n = await startN8n({ env: { N8N_DISABLE_UI: 'true' } });
	const imported = await importWorkflows(n8n.api);
	const id = String(imported.find(({ file }) => file === 'dashboard.json')?.id);
	// All that the note asks for before publishing.
	const credential = await n8n.api.createCredential('Dashboard', 'httpBasicAuth', {
		user: USER.username,
		password: USER.password,
	});
	const { nodes } = await n8n.api.getWorkflow(id);
	const page = nodes.find(({ name }) => name === 'Page');
	if (page) page.credentials = { httpBasicAuth: { id: credential.id, name: 'Dashboard' } };
	await n8n.api.updateWorkflow(id, { nodes });
	await n8n.api.activate(id);
	const note = nodes.find(({ name }) => name === 'Note: try it')?.parameters.content as string;
	const [, path] = /\(http:\/\/localhost:5678(\/webhook\/[^)]+)\)/.exec(note) ?? [];
	address = n8n.url + path;

	receiver.on('/gone', answers.status(410));
	late.on('/late', answers.status(503));
	const json = spineWorkflow({
		path: 'shop',
		postbacks: [
			{ name: 'Order placed', url: `${receiver.url}/ok?n={n}` },
			{ name: `Gone ${HOSTILE}`, url: `${receiver.url}/gone?email={email}&api_key=k-4711-secret` },
			{ name: 'Cart left', url: `${late.url}/late?n={n}` },
		].map((one) => ({
			...one,
			bodyFrom: 'template',
			body: '{"email":"{email}","n":"{n}"}',
			contentType: 'application/json',
		})),
	});
	const { id: shop } = await n8n.api.createWorkflow(json);
	await n8n.api.activate(shop);
	const hits = Array.from({ length: 3 }, (_, n) => ({ n, email: 'ann@example.com' }));
	expect((await postHits(n8n.webhookUrl('shop'), hits)).status).toBe(202);
	await stored.waitFor(n8n.userFolder, (rows) =>
		['delivered', 'dead', 'retrying'].every(
			(state) => rows.filter(({ status }) => status === state).length === 3,
		),
	);
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await receiver?.close();
	await late?.close();
});

const authorization = `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}`;

/** Asks for the page, or sends it a form, as no browser would. */
async function ask(query = '', form?: Record<string, string>, headers = { authorization }) {
	const response = await fetch(address + query, {
		headers: form ? { ...headers, 'content-type': 'application/x-www-form-urlencoded' } : headers,
		...(form ? { method: 'POST', body: new URLSearchParams(form).toString() } : {}),
	});
	return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The hidden fields of the first form that does something. */
function formOf(html: string, action: string): Record<string, string> {
	const form = html.split('<form').find((one) => one.includes(`value="${action}"`)) ?? '';
	const fields = [...form.matchAll(/name="(\w+)"\s+value="([^"]*)"/g)];
	return Object.fromEntries(fields.map(([, name, value]) => [name, value]));
}

const statesNow = async () =>
	(await stored.rows(n8n.userFolder)).map(({ id, status }) => [id, status]);

test('refused: who has no password, or a wrong one', async () => {
	const none = await fetch(address);
	expect(none.status).toBe(401);
	expect(none.headers.get('www-authenticate')).toMatch(/^Basic/);
	const wrong = `Basic ${Buffer.from('operator:guess').toString('base64')}`;
	expect((await ask('', undefined, { authorization: wrong })).status).toBe(401);
	const before = await statesNow();
	const { text } = await ask();
	const form = new URLSearchParams(formOf(text, 'replay'));
	expect((await fetch(address, { method: 'POST', body: form })).status).toBe(401);
	expect(await statesNow()).toEqual(before);
});

test('the page is a whole one, in a sandbox, kept out of frames and caches; secrets and people are hidden', async () => {
	const { status, headers, text } = await ask();
	expect(status).toBe(200);
	expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
	expect(headers.get('content-security-policy')).toContain('sandbox');
	expect(headers.get('x-frame-options')).toBe('DENY');
	expect(headers.get('cache-control')).toBe('no-store');
	expect(text).toContain('HTTP 410');
	expect(text).not.toContain('k-4711-secret');
	expect(text).not.toContain('ann@example.com');
	expect(text).not.toContain('<script');
	expect(text).not.toContain('<img');
});

test('refused: a forged token, one for another delivery, and one that was used', async () => {
	const { text } = await ask();
	const form = formOf(text, 'replay');
	const before = await statesNow();
	const forged = { ...form, token: form.token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) };
	const wrongs: Record<string, string>[] = [
		forged,
		{ ...form, token: '' },
		{ ...form, id: String((await stored.rows(n8n.userFolder))[0].id) },
		{ ...form, action: 'cancel' },
		{ action: 'replayAll', token: form.token, sure: '1' },
	];
	for (const wrong of wrongs) {
		const answer = await ask('', wrong);
		expect(answer.status).toBe(403);
		expect(answer.text).toContain('nothing was done');
	}
	expect(await statesNow()).toEqual(before);
	expect((await ask('', form)).status).toBe(200);
	expect((await ask('', form)).status).toBe(409);
	await stored.waitFor(n8n.userFolder, (rows) =>
		rows.some(({ id, attempt, status }) => id === form.id && attempt === 2 && status === 'dead'),
	);
});

inBrowser('in a browser', () => {
	let browser: Browser;
	let page: Page;
	let images: string;
	let problems: string[];

	beforeAll(async () => {
		images = refresh
			? join(rootDir, 'docs', 'images')
			: await mkdtemp(join(tmpdir(), 'postback-images-'));
		browser = await chromium.launch({
			executablePath,
			args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
		});
		page = await open('light');
	});

	afterAll(async () => {
		await browser?.close();
		if (!refresh) await rm(images, { recursive: true, force: true });
	});

	async function open(colorScheme: 'light' | 'dark', width = 1_280): Promise<Page> {
		const context = await browser.newContext({
			viewport: { width, height: 900 },
			colorScheme,
			httpCredentials: USER,
		});
		const opened = await context.newPage();
		problems = [];
		opened.on('console', (message) => problems.push(message.text()));
		opened.on('pageerror', (error) => problems.push(String(error)));
		return opened;
	}

	const list = () => page.locator('#list li');
	const notice = async () => await page.locator('.notice').innerText();

	test('it opens, in its sandbox, and says nothing is wrong', async () => {
		await page.goto(address);
		expect(await page.title()).toBe('Deliveries');
		expect(await page.evaluate('self.origin')).toBe('null');
		for (const title of ['Throughput', 'Success rate', 'Endpoints', 'Queues']) {
			expect(await page.getByRole('heading', { name: title }).first().isVisible()).toBe(true);
		}
		expect(await list().count()).toBe(3);
		// What somebody has put into a name is read as it is.
		expect(await list().first().innerText()).toContain(HOSTILE);
		expect(problems).toEqual([]);
	});

	test('it is filtered by its form, and by its links', async () => {
		await page.getByLabel('Name').fill('*cart*');
		await page.getByRole('button', { name: 'Filter' }).click();
		expect(new URL(page.url()).searchParams.get('name')).toBe('*cart*');
		expect(await list().count()).toBe(0);
		await page.getByRole('link', { name: 'Retrying' }).click();
		expect(await list().count()).toBe(3);
		expect(await page.locator('.cards .big').first().innerText()).toBe('0');
		await page.getByRole('link', { name: 'Clear' }).click();
		await page.getByRole('link', { name: '7d' }).click();
		expect(await page.locator('.cards .big').first().innerText()).toBe('3');
	});

	test('a dead letter is looked at and replayed: the same message arrives again', async () => {
		receiver.on('/gone', answers.ok());
		await page.goto(address);
		const first = list().first();
		await first.locator('summary').click();
		const detail = await first.locator('.detail').innerText();
		const [id] = /msg_\w+/.exec(detail) ?? [''];
		expect(detail).toContain('"email": "•••"');
		await first.getByRole('button', { name: 'Replay' }).click();
		expect(await notice()).toContain(`${id} is sent again`);
		const row = (rows: Awaited<ReturnType<typeof stored.rows>>) =>
			rows.find((one) => one.id === id);
		await stored.waitFor(n8n.userFolder, (rows) => row(rows)?.status === 'delivered');
		const ids = receiver.requests('/gone').map(({ headers }) => headers['webhook-id']);
		expect(ids.filter((one) => one === id).length).toBeGreaterThanOrEqual(2);
		await page.getByRole('link', { name: 'Refresh', exact: true }).click();
		expect(await list().count()).toBe(2);
	});

	test('a queued delivery is cancelled, and never sent', async () => {
		await page.goto(address);
		const queued = page.locator('section', { hasText: 'Queued, next due first' }).locator('li');
		const cancel = queued.getByRole('button', { name: 'Cancel' }).first();
		const id = (await cancel.getAttribute('aria-label'))?.split(' ').at(-1);
		await cancel.click();
		expect(await notice()).toContain(`${id} is cancelled`);
		const row = (await stored.rows(n8n.userFolder)).find((one) => one.id === id);
		expect(row).toMatchObject({ status: 'closed', reason: 'cancelled' });
	});

	test('all dead letters of the filters are replayed, with a tick', async () => {
		await page.goto(address);
		await page.getByText('Replay all dead letters').click();
		await page.getByRole('button', { name: 'Replay all' }).click();
		// The browser asks for the tick.
		expect(await page.locator('.notice').count()).toBe(0);
		await page.getByRole('checkbox').last().check();
		await page.getByRole('button', { name: 'Replay all' }).click();
		expect(await notice()).toContain('2 dead letters are sent again');
		await stored.waitFor(n8n.userFolder, (rows) =>
			rows.every(({ name, status }) => !name.startsWith('Gone') || status === 'delivered'),
		);
	});

	test("refused: another website's form, though the browser knows the password", async () => {
		const ended = async () =>
			(await stored.rows(n8n.userFolder)).find(({ status }) => status === 'closed')?.id;
		const id = String(await ended());
		const server = await serveForm({ action: 'replay', id, token: 'x.y.z' });
		const { port } = server.address() as AddressInfo;
		try {
			await page.goto(`http://localhost:${port}/`);
			const [response] = await Promise.all([
				page.waitForResponse((one) => one.request().method() === 'POST'),
				page.getByRole('button').click(),
			]);
			expect(response.status()).toBe(403);
			expect(await notice()).toContain('nothing was done');
			expect(await ended()).toBe(id);
		} finally {
			await new Promise((resolve) => server.close(resolve));
		}
	});

	/** A website elsewhere with a form that leads to the dashboard. */
	async function serveForm(fields: Record<string, string>): Promise<Server> {
		const inputs = Object.entries(fields).map(
			([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
		);
		const body = `<form method="post" action="${address}">${inputs.join('')}<button>Win</button></form>`;
		const server = createServer((_request, response) => {
			response.setHeader('content-type', 'text/html').end(body);
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return server;
	}

	test('pictures, light and dark, wide and narrow, with nothing sticking out', async () => {
		pretendDay(n8n.userFolder);
		for (const [name, scheme, width] of [
			['dashboard', 'light', 1_280],
			['dashboard-dark', 'dark', 1_280],
			['dashboard-phone', 'light', 390],
		] as const) {
			page = await open(scheme, width);
			await page.goto(address);
			const tooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
			expect(await page.evaluate(tooWide)).toBe(false);
			const height = width > 1_000 ? 1_980 : 1_800;
			await page.setViewportSize({ width, height });
			const path = join(name === 'dashboard-phone' ? tmpdir() : images, `${name}.png`);
			await page.screenshot({ path, animations: 'disabled' });
			expect(problems).toEqual([]);
		}
	});
});
