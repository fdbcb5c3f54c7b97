/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Page } from 'playwright-core';

/** A rectangle of the canvas, in its own units. */
export interface Box {
	name: string;
	left: number;
	top: number;
	right: number;
	bottom: number;
}

/** A node or a sticky note as it is drawn. */
export interface Drawn extends Box {
	isNote: boolean;
	/** How far its text goes down; beyond `bottom` it is cut. */
	textBottom: number;
	/** Whether its name is not shown in full. */
	nameIsCut: boolean;
	/** Whether n8n has no such node. */
	isUnknown: boolean;
}

/** The scale of the pictures: small enough for a page, large enough to read the notes. */
const SCALE = 0.75;
const MARGIN = 24;
/** What n8n leaves free around a workflow when it fits it into the window, and its own bars. */
const FREE = 1.35;
const BARS = { width: 60, height: 140 };

/** All nodes and notes of the open workflow, with their labels. */
export async function drawnOn(page: Page): Promise<Drawn[]> {
	return await page.locator('.vue-flow__node').evaluateAll((all) => {
		const pane = document.querySelector('.vue-flow__transformationpane') as HTMLElement;
		const scale = new DOMMatrix(getComputedStyle(pane).transform).a;
		const origin = pane.getBoundingClientRect();
		const x = (value: number) => Math.round((value - origin.left) / scale);
		const y = (value: number) => Math.round((value - origin.top) / scale);
		return all.map((one) => {
			const name = one.querySelector('[data-node-name]')?.getAttribute('data-node-name') ?? '';
			const note = one.querySelector('[data-test-id="sticky"]');
			const shape = note ?? one.querySelector('[data-canvas-node-render-type]') ?? one;
			const text = note?.querySelector('[class*="_wrapper_"]')?.lastElementChild?.firstElementChild;
			const label = note ? undefined : one.querySelector('[class*="_description_"]');
			const title = label?.querySelector('[class*="_label_"]');
			const texts = [...(label?.children ?? [])].map((part) => {
				const range = document.createRange();
				range.selectNodeContents(part);
				const [text, room] = [range.getBoundingClientRect(), part.getBoundingClientRect()];
				// A subtitle that is too long ends in an ellipsis.
				const left = Math.max(text.left, room.left);
				const right = Math.min(text.right, room.right);
				return new DOMRect(left, text.top, right - left, text.height);
			});
			const handles = [...one.querySelectorAll('[data-test-id="canvas-handle-plus"]')];
			const parts = [shape, ...handles].map((part) => part.getBoundingClientRect());
			const boxes = [...parts, ...texts];
			const bottom = Math.max(...boxes.map((box) => box.bottom));
			const last = text?.lastElementChild?.getBoundingClientRect().bottom ?? bottom;
			return {
				name,
				isNote: note !== null,
				left: x(Math.min(...boxes.map((box) => box.left))),
				top: y(Math.min(...boxes.map((box) => box.top))),
				right: x(Math.max(...boxes.map((box) => box.right))),
				bottom: y(bottom),
				textBottom: y(last),
				isUnknown: one.querySelector('.n8n-node-icon')?.textContent?.trim() === '?',
				nameIsCut:
					title !== null &&
					title !== undefined &&
					(title.scrollWidth > title.clientWidth || title.scrollHeight > title.clientHeight),
			};
		});
	});
}

/** Pairs that lie over one another, by name. */
export function overlaps(all: readonly Box[]): string[] {
	return all.flatMap((one, at) =>
		all
			.slice(at + 1)
			.filter(
				(other) =>
					one.left < other.right &&
					other.left < one.right &&
					one.top < other.bottom &&
					other.top < one.bottom,
			)
			.map((other) => `${one.name} and ${other.name}`),
	);
}

/** A picture of the whole workflow and of nothing else. */
export async function pictureOfCanvas(page: Page, path: string): Promise<void> {
	const before = page.viewportSize();
	const all = await drawnOn(page);
	const span = (from: keyof Box & ('left' | 'top'), to: keyof Box & ('right' | 'bottom')) =>
		Math.max(...all.map((one) => one[to])) - Math.min(...all.map((one) => one[from]));
	await page.setViewportSize({
		width: Math.ceil(span('left', 'right') * SCALE * FREE) + BARS.width,
		height: Math.ceil(span('top', 'bottom') * SCALE * FREE) + BARS.height,
	});
	await page.keyboard.press('1');
	await untilStill(page);
	const showAll = await hideAllButCanvas(page);
	const boxes = await page
		.locator('.vue-flow__node')
		.locator(
			'[data-canvas-node-render-type], [class*="_description_"] > *, [data-test-id="canvas-handle-plus"]',
		)
		.evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().toJSON() as DOMRect));
	const left = Math.min(...boxes.map((box) => box.left)) - MARGIN;
	const top = Math.min(...boxes.map((box) => box.top)) - MARGIN;
	const width = Math.max(...boxes.map((box) => box.right)) + MARGIN - left;
	const height = Math.max(...boxes.map((box) => box.bottom)) + MARGIN - top;
	await mkdir(dirname(path), { recursive: true });
	const clip = { x: left, y: top, width, height };
	await page.screenshot({ path, clip, animations: 'disabled' });
	await showAll();
	if (before) await page.setViewportSize(before);
}

/** Waits until the canvas moves no more. */
async function untilStill(page: Page): Promise<void> {
	const pane = page.locator('.vue-flow__transformationpane');
	const place = async () => await pane.evaluate((element) => element.style.transform);
	let last = '';
	do {
		last = await place();
		await page.waitForTimeout(1_000);
	} while ((await place()) !== last);
}

/** Hides what the editor lays over the canvas and around it; gives what shows it again. */
async function hideAllButCanvas(page: Page): Promise<() => Promise<void>> {
	const style = await page.addStyleTag({
		content: '.not-in-the-picture { visibility: hidden !important; }',
	});
	await page.locator('.vue-flow__transformationpane').evaluate((pane) => {
		for (let one: Element | null = pane; one !== document.body && one; one = one.parentElement) {
			for (const other of one.parentElement?.children ?? []) {
				const isPart = other === one || other.classList.contains('vue-flow__background');
				if (!isPart) other.classList.add('not-in-the-picture');
			}
		}
	});
	return async () => {
		await style.evaluate((element) => (element as Element).remove());
	};
}
