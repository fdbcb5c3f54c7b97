import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleWorkflows, importWorkflows } from '../../scripts/import-workflows.ts';
import { rootDir } from '../../scripts/paths.ts';
import { Editor, findChromium } from './harness/editor.ts';
import { startN8n, type N8n } from './harness/index.ts';

const chromium = findChromium();
if (!chromium) {
	process.stderr.write('No Chromium here, so the examples are not looked at\n');
}
const inBrowser = chromium ? describe : describe.skip;

/** The pictures of the documentation are made anew when this is set; else nobody keeps them. */
const refresh = process.env.REFRESH_IMAGES === '1';

inBrowser('the example workflows on the canvas', () => {
	let n8n: N8n;
	let editor: Editor;
	let images: string;

	beforeAll(async () => {
		images = refresh
			? join(rootDir, 'docs', 'images')
			: await mkdtemp(join(tmpdir(), 'postback-images-'));
		n8n = await startN8n();
		editor = await Editor.open(n8n, String(chromium));
	}, 300_000);

	afterAll(async () => {
		await editor?.close();
		await n8n?.remove();
		if (!refresh) await rm(images, { recursive: true, force: true });
	});

	test('debug', async () => {
		const imported = await importWorkflows(n8n.api);
		for (const { id, file } of imported) {
			await editor.openWorkflow(id);
			await editor.fitCanvas();
			await editor.screenshot(`/tmp/wt-examples/${file}.png`);
		}
		const html = await editor.page.locator('.vue-flow__node').first().evaluate((e) => e.outerHTML.slice(0, 3000));
		console.log(html);
		const html2 = await editor.byTestId('canvas-node').first().evaluate((e) => e.outerHTML.slice(0, 3000));
		console.log(html2);
		console.log(await editor.page.locator('[data-test-id="sticky"]').count());
		console.log(await editor.page.locator('[data-test-id="sticky"]').last().evaluate((e) => e.outerHTML.slice(0, 3500)));
	}, 300_000);
	void exampleWorkflows;
});
