import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { anchorsOf, readDocumentation, root, withoutCode } from './pages.ts';

const pages = readDocumentation();

/** Where the links and pictures of a page lead, Markdown or HTML. */
function targetsOf(page: string): string[] {
	const text = withoutCode(page);
	return [
		...text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g),
		...text.matchAll(/\b(?:src|href|srcset)="([^"]+)"/g),
		...text.matchAll(/<(https?:[^>\s]+)>/g),
		...text.matchAll(/^\[[^\]]+\]: (\S+)$/gm),
	].map(([, target]) => target);
}

const isExternal = (target: string) => /^[a-z][a-z+.-]*:/i.test(target);

/** A file of the checkout that a link on a page leads to, and the place in it. */
function resolved(page: string, target: string): { file: string; anchor: string } {
	const [path, anchor = ''] = target.split('#');
	const file = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path)));
	return { file, anchor };
}

/** What is wrong with a link, if anything. */
function problemOf(page: string, target: string): string | undefined {
	if (isExternal(target)) {
		if (/^mailto:/.test(target)) return undefined;
		const isLocal = /^http:\/\/(?:localhost|127\.0\.0\.1)[:/]/.test(target);
		if (!isLocal && !target.startsWith('https://')) return `${target} is no https address`;
		return URL.canParse(target) ? undefined : `${target} is no address`;
	}
	const { file, anchor } = resolved(page, target);
	if (file.startsWith('..')) return `${target} leads out of the checkout`;
	if (!existsSync(join(root, file))) return `${target}: there is no ${file}`;
	if (anchor === '' || !file.endsWith('.md')) return undefined;
	const there = pages.get(file);
	if (there === undefined) return `${target}: ${file} is no page of the documentation`;
	return anchorsOf(there).has(anchor) ? undefined : `${target}: no such heading in ${file}`;
}

test.each([...pages.keys()])('every link and picture of %s leads somewhere', (file) => {
	const problems = targetsOf(pages.get(file) ?? '').flatMap((target) => {
		return problemOf(file, target) ?? [];
	});
	expect(problems).toEqual([]);
});

test('every page can be reached from the README', () => {
	const reached = new Set(['README.md']);
	for (const page of reached) {
		for (const target of targetsOf(pages.get(page) ?? '')) {
			if (isExternal(target)) continue;
			const { file } = resolved(page, target);
			if (pages.has(file)) reached.add(file);
		}
	}
	expect([...pages.keys()].filter((page) => !reached.has(page))).toEqual([]);
});

test('every picture says what is to be seen in it', () => {
	for (const [file, page] of pages) {
		const text = withoutCode(page);
		const pictures = [
			...[...text.matchAll(/!\[([^\]]*)\]\(/g)].map(([, alt]) => alt),
			...[...text.matchAll(/<img\b([^>]*)>/g)].map(([, tag]) => /alt="([^"]*)"/.exec(tag)?.[1]),
		];
		expect([file, pictures.filter((alt) => !alt)]).toEqual([file, []]);
	}
});

test('the pictures in docs/images are all shown somewhere, and none is empty', () => {
	const shown = new Set(
		[...pages].flatMap(([page, text]) =>
			targetsOf(text)
				.filter((target) => !isExternal(target))
				.map((target) => resolved(page, target).file),
		),
	);
	const pictures = [...shown].filter((file) => file.startsWith('docs/images/'));
	expect(pictures.length).toBeGreaterThan(0);
	for (const picture of pictures) expect(statSync(join(root, picture)).size).toBeGreaterThan(0);
});

test('no page names the host of a package registry of its own', () => {
	for (const [file, page] of pages) {
		const hosts = [...page.matchAll(/https?:\/\/([^/\s)>"'`]+)/g)].map(([, host]) => host);
		expect([file, hosts.filter((host) => /registry|artifact|nexus/i.test(host))]).toEqual([
			file,
			[],
		]);
	}
});

describe('this test', () => {
	test.each([
		['docs/nothing.md', 'there is no'],
		['docs/http-delivery.md#no-such-heading', 'no such heading'],
		['#no-such-heading', 'no such heading'],
		['../elsewhere.md', 'leads out'],
		['http://example.com/', 'no https'],
	])('refuses %s', (target, reason) => {
		expect(problemOf('README.md', target)).toContain(reason);
	});

	test('takes what is right', () => {
		expect(problemOf('docs/http-delivery.md', 'credentials.md#bearer-token')).toBeUndefined();
		expect(problemOf('README.md', 'http://localhost:5678')).toBeUndefined();
	});

	test('finds links in Markdown and HTML, and none in code', () => {
		const page =
			'[a](b.md) ![c](d.png)\n<img src="e.png" alt="e">\n`[f](g.md)`\n```\n[h](i)\n```\n';
		expect(targetsOf(page)).toEqual(['b.md', 'd.png', 'e.png']);
	});

	test('makes anchors as GitHub does', () => {
		const page = "# A `code` & more\n\n## What's new?\n\n## Twice\n\n## Twice\n";
		expect([...anchorsOf(page)]).toEqual(['a-code--more', 'whats-new', 'twice', 'twice-1']);
	});
});
