import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledPackages } from '../../scripts/licences/bundled.ts';
import { isAllowed, noticesOf } from '../../scripts/licences/notices.ts';

const root = join(__dirname, '..', '..');
const packages = bundledPackages(root);

interface Lock {
	packages: Record<string, { version?: string; inBundle?: boolean }>;
}

test.each(packages.map(({ name, version, licence }) => [`${name} ${version}`, licence]))(
	'%s may be passed on: %s',
	(_, licence) => {
		expect(isAllowed(licence)).toBe(true);
	},
);

test('what is looked at is what npm puts into the tarball', () => {
	const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
	const bundled = Object.entries(lock.packages)
		.filter(([, { inBundle }]) => inBundle)
		.map(([path, { version }]) => `${path.split('node_modules/').at(-1)} ${version}`);
	expect(packages.map(({ name, version }) => `${name} ${version}`)).toEqual(bundled.sort());
});

test('nothing of n8n is in the tarball, whose licence does not let others pass it on', () => {
	expect(packages.filter(({ name }) => /^(?:n8n|@n8n\/)/.test(name))).toEqual([]);
});

test('the notices name all of them, with the text of the licence (mend: npm run docs)', () => {
	const notices = readFileSync(join(root, 'THIRD-PARTY-NOTICES.md'), 'utf8');
	expect(notices).toBe(noticesOf(packages));
	for (const { text } of packages) expect(text.length).toBeGreaterThan(20);
});

test.each(['GPL-3.0', 'SEE LICENSE IN LICENSE.md', 'Elastic-2.0', 'MIT AND GPL-2.0', ''])(
	'the licence "%s" is refused',
	(licence) => {
		expect(isAllowed(licence)).toBe(false);
	},
);

test('of licences to choose from, one that is allowed is enough', () => {
	expect(isAllowed('(GPL-2.0 OR MIT)')).toBe(true);
});

describe('in a folder of packages', () => {
	let folder: string;

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'postback-licences-'));
	});

	afterEach(() => {
		rmSync(folder, { recursive: true });
	});

	function put(path: string, manifest: object, readme = ''): void {
		mkdirSync(join(folder, path), { recursive: true });
		writeFileSync(join(folder, path, 'package.json'), JSON.stringify(manifest));
		if (readme) writeFileSync(join(folder, path, 'README.md'), readme);
	}

	test('what a dependency of a dependency brings nested is found as well', () => {
		put('.', { dependencies: { a: '1' } });
		put('node_modules/a', { version: '1', license: 'MIT', dependencies: { b: '1' } });
		put('node_modules/b', { version: '9', license: 'MIT' });
		put('node_modules/a/node_modules/b', { version: '1', license: 'GPL-3.0' });
		const found = bundledPackages(folder).map(({ name, version, licence }) => [
			name,
			version,
			licence,
		]);
		expect(found).toEqual([
			['a', '1', 'MIT'],
			['b', '1', 'GPL-3.0'],
		]);
	});

	test('a licence in the README is taken from there', () => {
		put('.', { dependencies: { a: '1' } });
		const readme = '# a\n\n## License\n\nPermission is hereby granted, free of charge';
		put('node_modules/a', { version: '1', license: 'MIT' }, readme);
		expect(bundledPackages(folder)[0].text).toBe('Permission is hereby granted, free of charge');
	});

	test('a dependency that is not installed is refused', () => {
		put('.', { dependencies: { a: '1' } });
		expect(() => bundledPackages(folder)).toThrow('a, which');
	});
});
