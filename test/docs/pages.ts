import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPages } from '../../scripts/docs/pages.ts';

export const root = join(__dirname, '..', '..');

/** Everything that is documentation, by its path in the checkout. */
export function readDocumentation(): Map<string, string> {
	const top = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
	const found = new Map(top.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
	for (const [file, page] of readPages(join(root, 'docs'))) found.set(`docs/${file}`, page);
	return found;
}

/** A page without the blocks and pieces of code in it, in which nothing is a link or a word. */
export const withoutCode = (page: string): string =>
	page.replace(/^(`{3,})[^]*?^\s*\1/gm, '').replace(/(`+)[^`][^]*?\1/g, '');

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: string): Set<string> {
	const anchors = new Set<string>();
	const headings = page.replace(/^(`{3,})[^]*?^\s*\1/gm, '').matchAll(/^#{1,6} (.+)$/gm);
	for (const [, heading] of headings) {
		const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
		const plain = text
			.toLowerCase()
			.replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
			.replaceAll(' ', '-');
		let anchor = plain;
		for (let again = 1; anchors.has(anchor); again++) anchor = `${plain}-${again}`;
		anchors.add(anchor);
	}
	return anchors;
}
