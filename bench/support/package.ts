import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { rootDir } from '../../scripts/paths.ts';
import { tell } from './progress.ts';
import { temporaryFolder } from './temporary.ts';

/** The package as n8n runs it: compiled. */
export interface CompiledPackage {
	/** A folder with package.json, dist and node_modules, as n8n takes it. */
	dir: string;
	/** A compiled module, such as `lib/delivery/sender`. */
	load<T>(module: string): T;
	/** A dependency, as the package itself loads it. */
	dependency<T>(name: string): T;
	versionOf(dependency: string): string;
}

/** Names where one bench of several finds the package, so that it is compiled once. */
export const PACKAGE_DIR = 'POSTBACK_BENCH_PACKAGE_DIR';

let compiled: CompiledPackage | undefined;

/** The compiled package: dist where it is up to date, else a build in a folder of its own. */
export function compiledPackage(): CompiledPackage {
	const dir = () => process.env[PACKAGE_DIR] ?? (isUpToDate() ? rootDir : build());
	return (compiled ??= asPackage(dir()));
}

function asPackage(dir: string): CompiledPackage {
	const require = createRequire(join(dir, 'dist', 'lib', 'x.js'));
	return {
		dir,
		load: (module) => require(join(dir, 'dist', `${module}.js`)),
		dependency: (name) => require(name),
		versionOf: (name) =>
			(require(join(dir, 'node_modules', name, 'package.json')) as { version: string }).version,
	};
}

const SOURCES = ['{lib,nodes,credentials}/**/*', 'package.json', 'tsconfig.json'];

/** Whether nothing is newer than what the build writes last. */
function isUpToDate(): boolean {
	const last = join(rootDir, 'dist', 'known', 'nodes.json');
	if (!existsSync(last)) return false;
	const built = statSync(last).mtimeMs;
	return globSync(SOURCES, { cwd: rootDir }).every(
		(file) => statSync(join(rootDir, file)).mtimeMs <= built,
	);
}

/** What `npm run build` does, beside dist, which somebody else may be using. */
function build(): string {
	tell('dist is not up to date: compiling into a folder of its own');
	const dir = temporaryFolder('package');
	const dist = join(dir, 'dist');
	const run = (tool: string, args: string[], cwd: string) => {
		const script = join(rootDir, 'node_modules', '.bin', tool);
		// Standard output is for the comparisons.
		execFileSync(process.execPath, [script, ...args], { cwd, stdio: ['ignore', 2, 2] });
	};
	run('tsc', ['--outDir', dist], rootDir);
	for (const icon of globSync('{nodes,credentials}/**/*.{svg,png}', { cwd: rootDir })) {
		cpSync(join(rootDir, icon), join(dist, icon));
	}
	cpSync(join(rootDir, 'package.json'), join(dir, 'package.json'));
	symlinkSync(join(rootDir, 'node_modules'), join(dir, 'node_modules'), 'dir');
	run('n8n-generate-metadata', [], dir);
	return dir;
}
