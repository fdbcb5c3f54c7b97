import { readdirSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importWorkflows } from '../../scripts/import-workflows.ts';
import { rootDir } from '../../scripts/paths.ts';
import { pictureOf } from '../support/examplePictures.ts';
import { drawnOn, overlaps, pictureOfCanvas } from './harness/canvas.ts';
import { Editor, findChromium } from './harness/editor.ts';
import { startN8n, type N8n } from './harness/index.ts';

const chromium = findChromium();
const inBrowser = chromium ? describe : describe.skip;

/** The pictures of the documentation are made anew when this is set; else nobody keeps them. */
const refresh = process.env.REFRESH_IMAGES === '1';

const files = readdirSync(join(rootDir, 'workflows')).filter((file) => file.endsWith('.json'));

/** What is left free below the last line of a note, at least. */
const NOTE_MARGIN = 8;

inBrowser('the example workflows on the canvas', () => {
	let n8n: N8n;
	let editor: Editor;
	let images: string;
	/** The example workflows, by file. */
	let ids: Map<string, string>;

	beforeAll(async () => {
		images = refresh
			? join(rootDir, 'docs', 'images')
			: await mkdtemp(join(tmpdir(), 'postback-images-'));
		n8n = await startN8n();
		const imported = await importWorkflows(n8n.api);
		ids = new Map(imported.map(({ file, id }) => [file, id]));
		editor = await Editor.open(n8n, String(chromium));
	}, 300_000);

	afterAll(async () => {
		await editor?.close();
		await n8n?.remove();
		if (!refresh) await rm(images, { recursive: true, force: true });
	});

	test.each(files)('%s: nothing lies over anything else, and no text is cut', async (file) => {
		await editor.openWorkflow(String(ids.get(file)));
		await editor.fitCanvas();
		const { nodes } = await n8n.api.getWorkflow(String(ids.get(file)));
		const drawn = await drawnOn(editor.page);
		expect(drawn.map(({ name }) => name).sort()).toEqual(nodes.map(({ name }) => name).sort());
		expect({
			overlaps: overlaps(drawn),
			cutNotes: drawn
				.filter((one) => one.isNote && one.textBottom > one.bottom - NOTE_MARGIN)
				.map(({ name }) => name),
			cutNames: drawn.filter(({ nameIsCut }) => nameIsCut).map(({ name }) => name),
			unknown: drawn.filter(({ isUnknown }) => isUnknown).map(({ name }) => name),
		}).toEqual({ overlaps: [], cutNotes: [], cutNames: [], unknown: [] });

		const picture = join(images, pictureOf(file));
		await pictureOfCanvas(editor.page, picture);
		expect((await stat(picture)).size).toBeGreaterThan(20_000);
	});
});
