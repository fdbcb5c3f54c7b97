import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { OWNER } from './index.ts';
import type { N8n } from './index.ts';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const VIEWPORT = { width: 1440, height: 900 };
/** Higher than any panel. */
const TALL = 5_000;

/** The Chromium of this machine; undefined where there is none, which is told. */
export function findChromium(): string | undefined {
	const found = [process.env.CHROMIUM_PATH ?? '', ...CANDIDATES].find(
		(path) => path && existsSync(path),
	);
	if (!found) process.stderr.write('No Chromium here, so the tests in a browser are skipped\n');
	return found;
}

/** n8n's editor in a browser, as its owner. */
export class Editor {
	private constructor(
		private readonly browser: Browser,
		readonly page: Page,
		private readonly url: string,
	) {}

	static async open(n8n: N8n, executablePath: string): Promise<Editor> {
		const browser = await chromium.launch({
			executablePath,
			args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
		});
		const context = await browser.newContext({
			viewport: VIEWPORT,
			colorScheme: 'light',
		});
		const { email, password } = OWNER;
		const logIn = await context.request.post(`${n8n.url}/rest/login`, {
			data: { emailOrLdapLoginId: email, password },
		});
		if (!logIn.ok()) throw new Error(`The editor refuses the owner: ${logIn.status()}`);
		return new Editor(browser, await context.newPage(), n8n.url);
	}

	async close(): Promise<void> {
		await this.browser.close();
	}

	/** Opens a saved workflow, or an empty canvas, and waits until it is drawn. */
	async openWorkflow(id = 'new'): Promise<void> {
		await this.page.goto(`${this.url}/workflow/${id}`);
		const drawn = id === 'new' ? this.byTestId('canvas-plus-button') : this.byTestId('canvas-node');
		await drawn.first().waitFor({ timeout: 60_000 });
	}

	/** Brings all of the workflow into view, with nothing lying over it. */
	async fitCanvas(): Promise<void> {
		await this.page.keyboard.press('1');
		await this.page.waitForTimeout(1_000);
	}

	/** Opens the panel of a node of the canvas. */
	async openNode(name: string): Promise<Locator> {
		if (await this.byTestId('ndv').isVisible()) await this.closeNode();
		await this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`).dblclick();
		const panel = this.byTestId('ndv');
		await panel.waitFor({ timeout: 30_000 });
		await this.page.waitForTimeout(800);
		return panel;
	}

	async closeNode(): Promise<void> {
		// Escape would only leave a field that has the focus.
		await this.byTestId('ndv-close-button').first().click();
		await this.byTestId('ndv').waitFor({ state: 'hidden' });
	}

	byTestId(id: string): Locator {
		return this.page.locator(`[data-test-id="${id}"]`);
	}

	/** Looks for a node in the node picker, which is open; gives the names that it offers. */
	async searchNodes(text: string): Promise<string[]> {
		await this.byTestId('node-creator-search-bar').fill(text);
		await this.page.waitForTimeout(700);
		const names = await this.byTestId('node-creator-item-name').allInnerTexts();
		return names.map((name) => name.trim());
	}

	/** Takes a node from the node picker, which is open; its panel opens. */
	async pickNode(name: string): Promise<void> {
		await this.searchNodes(name);
		await this.byTestId('node-creator-item-name').getByText(name, { exact: true }).first().click();
		// Triggers, and nodes with several operations, are chosen in a second step.
		const second = this.page
			.getByRole('button', { name: 'Add to workflow' })
			.or(this.byTestId('ndv'))
			.first();
		await second.waitFor({ timeout: 30_000 });
		if (!(await this.byTestId('ndv').isVisible())) await second.click();
		await this.byTestId('ndv').waitFor({ timeout: 30_000 });
		await this.page.waitForTimeout(800);
	}

	/** A field of the open panel, or of the open credential. */
	field(name: string): Locator {
		return this.byTestId(`parameter-input-${name}`).last();
	}

	/** Types into a field. */
	async fill(name: string, value: string): Promise<void> {
		await this.field(name).locator('input, textarea').first().fill(value);
		await this.page.waitForTimeout(300);
	}

	/** Chooses from a field's list. */
	async choose(name: string, option: string): Promise<void> {
		await this.field(name).click();
		await this.take(option);
	}

	/** Switches a field on. */
	async switchOn(name: string): Promise<void> {
		await this.field(name).locator('.el-switch, [role="switch"]').first().click();
		await this.page.waitForTimeout(300);
	}

	/** Adds a field to a collection of the open panel. */
	async addOption(option: string, collection = 'Add Option'): Promise<void> {
		await this.page.getByPlaceholder(collection).last().click();
		await this.take(option);
	}

	/** Takes an entry of the list that is open. */
	private async take(option: string): Promise<void> {
		await this.page
			.locator('.el-select-dropdown__item:visible')
			.filter({ hasText: option })
			.first()
			.click();
		await this.page.waitForTimeout(500);
	}

	/** Runs the workflow with the button beside one of its triggers. */
	async runFrom(trigger: string): Promise<void> {
		await this.page.locator(`[data-test-id="canvas-node"][data-node-name="${trigger}"]`).hover();
		await this.byTestId(`execute-workflow-button-${trigger}`).click();
	}

	/** The names beside a node's outputs, and whether the canvas cuts them. */
	async outputNames(node: string): Promise<{ text: string; isCut: boolean }[]> {
		return await this.page
			.locator(`[data-test-id="canvas-node"][data-node-name="${node}"]`)
			.locator('[data-test-id="canvas-node-output-handle"]')
			.evaluateAll((handles) =>
				handles.map((handle) => {
					const label = [...handle.querySelectorAll('*')].find(
						(one) => one.children.length === 0 && (one.textContent ?? '').trim() !== '',
					);
					return {
						text: (label?.textContent ?? '').trim(),
						isCut: label !== undefined && label.scrollWidth > label.clientWidth,
					};
				}),
			);
	}

	/** Publishes the open workflow. */
	async publish(): Promise<void> {
		await this.byTestId('workflow-open-publish-modal-button').click();
		const button = this.byTestId('workflow-publish-button');
		await button.waitFor();
		const published = this.page.waitForResponse(
			(answer) => answer.url().endsWith('/activate') && answer.request().method() === 'POST',
		);
		await button.click();
		if (!(await published).ok()) throw new Error('The editor could not publish the workflow');
		await this.page.waitForTimeout(3_000);
	}

	/** Draws a wire from the first output of one node to the input of another. */
	async connect(from: string, to: string): Promise<void> {
		const node = (name: string) =>
			this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);
		const source = node(from).locator('[data-test-id="canvas-node-output-handle"]').first();
		const target = node(to).locator('[data-test-id="canvas-node-input-handle"]').first();
		const [start, end] = [await source.boundingBox(), await target.boundingBox()];
		if (!start || !end) throw new Error(`No handles between ${from} and ${to}`);
		const { mouse } = this.page;
		await mouse.move(start.x + start.width / 2, start.y + start.height / 2);
		await mouse.down();
		await mouse.move(end.x + end.width / 2, end.y + end.height / 2, { steps: 12 });
		await mouse.up();
		await this.page.waitForTimeout(500);
	}

	/** The labels of the fields that the open panel shows, from top to bottom. */
	async fieldLabels(): Promise<string[]> {
		const labels = this.byTestId('node-parameters').locator('label:visible, .n8n-notice:visible');
		const texts = await labels.allInnerTexts();
		return texts.map((text) => text.trim().split('\n')[0]).filter((text) => text !== '');
	}

	async screenshot(path: string): Promise<void> {
		await mkdir(dirname(path), { recursive: true });
		await this.page.screenshot({ path, animations: 'disabled' });
	}

	/** A picture of the fields of the open panel, at most so high. */
	async screenshotFields(path: string, highest = TALL): Promise<void> {
		await mkdir(dirname(path), { recursive: true });
		await this.page.setViewportSize({ ...VIEWPORT, height: TALL });
		await this.page.waitForTimeout(500);
		const fields = this.byTestId('node-parameters');
		const box = await fields.boundingBox();
		const items = fields.locator('[data-test-id="parameter-item"]:visible, button:visible');
		const bottoms = await items.evaluateAll((all) =>
			all.map((one) => one.getBoundingClientRect().bottom),
		);
		if (!box) throw new Error('The panel shows no fields');
		const end = Math.max(...bottoms.filter((bottom) => bottom < TALL - 100)) + 16;
		const height = Math.min(highest, end - box.y);
		const clip = { x: box.x, y: box.y, width: box.width, height };
		await this.page.screenshot({ path, clip, animations: 'disabled' });
		await this.page.setViewportSize(VIEWPORT);
	}
}
