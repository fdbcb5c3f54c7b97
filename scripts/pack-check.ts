/**
 * `npm run pack:check`: whether the tarball holds everything that n8n needs without internet, and
 * nothing that does not belong there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './pack.ts';
import { rootDir } from './paths.ts';

interface Manifest {
	dependencies?: Record<string, string>;
	bundleDependencies: string[];
	n8n: { nodes: string[]; credentials: string[] };
}

const read = (file: string) => readFileSync(join(rootDir, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const packed = await pack(tmpdir(), { dryRun: true });
const paths = new Set(packed.files.map(({ path }) => path));
const problems: string[] = [];

const need = (path: string, what: string) => {
	if (!paths.has(path)) problems.push(`${what} is missing: ${path}`);
};

/** The icons that a built file names, relative to the package. */
function iconsOf(built: string): string[] {
	const names = [...read(built).matchAll(/['"]file:([^'"]+\.(?:svg|png))['"]/g)];
	return names.map(([, name]) => join(built, '..', name));
}

for (const node of manifest.n8n.nodes) {
	need(node, 'a node');
	need(`${node}on`, 'the codex of a node');
}
for (const credential of manifest.n8n.credentials) need(credential, 'a credential type');
for (const built of [...manifest.n8n.nodes, ...manifest.n8n.credentials].filter((p) =>
	paths.has(p),
)) {
	const icons = iconsOf(built);
	if (icons.length < 2) problems.push(`${built} has no light and dark icon`);
	for (const icon of icons) need(icon, 'an icon');
}

need('dist/bin/moveStore.js', 'the command that moves a store');

/** The folder in which Node.js finds a dependency of the package that lies in `from`. */
function resolveFrom(from: string, name: string): string {
	const parts = from.split('/node_modules/');
	for (; parts.length > 0; parts.pop()) {
		const nested = `${parts.join('/node_modules/')}/node_modules/${name}`;
		if (from && existsSync(join(rootDir, nested, 'package.json'))) return nested;
	}
	return `node_modules/${name}`;
}

/** Everything that a dependency needs in turn must be bundled with it. */
function needDependencies(names: string[], from: string, seen = new Set<string>()): void {
	for (const name of names) {
		const folder = resolveFrom(from, name);
		if (seen.has(folder)) continue;
		seen.add(folder);
		need(`${folder}/package.json`, `a dependency of ${from || 'this package'}`);
		const { dependencies = {} } = JSON.parse(read(`${folder}/package.json`)) as Manifest;
		needDependencies(Object.keys(dependencies), folder, seen);
	}
}

const wanted = Object.keys(manifest.dependencies ?? {});
for (const name of wanted.filter((name) => !manifest.bundleDependencies.includes(name))) {
	problems.push(`${name} is a dependency that is not bundled`);
}
needDependencies(wanted, '');

/** All that may be in it: no sources, no tests, no maps, no types, no pictures of the documentation. */
const BELONGS = [
	/^(package\.json|README\.md|CHANGELOG\.md|THIRD-PARTY-NOTICES\.md|SECURITY\.md|LICENSE)$/,
	/^dist\/(bin|credentials|lib|nodes)\/.*\.js$/,
	/^dist\/(credentials|nodes)\/.*\.svg$/,
	/^dist\/nodes\/\w+\/\w+\.node\.json$/,
	/^dist\/(known|methods|types)\/\w+\.json$/,
	/^docs\/[\w-]+\.md$/,
	/^workflows\/[\w-]+\.json$/,
	new RegExp(`^node_modules/(${packed.bundled.join('|').replaceAll('.', '\\.')})/`),
];

/** What an operator downloads, and what lies on the disk; about half as much again as it is now. */
const MOST_PACKED = 4_500_000;
const MOST_UNPACKED = 19_000_000;
if (packed.size > MOST_PACKED || packed.unpackedSize > MOST_UNPACKED) {
	problems.push(`it is larger than ${MOST_PACKED} bytes, or ${MOST_UNPACKED} unpacked`);
}

for (const path of paths) {
	// npm leaves the links to such commands out, misses them in n8n, and asks the registry for the package.
	if (/^node_modules\/.*package\.json$/.test(path) && 'bin' in JSON.parse(read(path))) {
		problems.push(
			`a dependency brings a command, so that it is not taken from the tarball: ${path}`,
		);
	}
	if (!BELONGS.some((one) => one.test(path))) problems.push(`does not belong there: ${path}`);
	if (/\.(test|spec)\.js$/.test(path) && path.startsWith('dist')) problems.push(`a test: ${path}`);
	if (/^dist\/.*\.(js|json)$/.test(path) && read(path).includes(rootDir)) {
		problems.push(`holds the path of this checkout: ${path}`);
	}
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
console.log(
	`${packed.filename}: ${paths.size} files, ${megabytes(packed.size)} packed, ` +
		`${megabytes(packed.unpackedSize)} unpacked, ${packed.bundled.length} dependencies inside`,
);
for (const problem of problems) console.error(`  ${problem}`);
if (problems.length > 0) process.exitCode = 1;
