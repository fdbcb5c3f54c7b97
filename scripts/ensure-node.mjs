/**
 * Puts the Node.js that this package is built and tested with into `node_modules/.bin`, where npm
 * scripts find it before the machine's own. Runs on Node.js 20, prints nothing when all is in place.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const binary = join(root, 'node_modules', '.bin', 'node');

/** The version that a Node.js binary reports, or undefined where there is none that runs. */
function versionOf(path) {
	const { stdout, status } = spawnSync(path, ['--version'], { encoding: 'utf8' });
	return status === 0 ? stdout.trim().replace(/^v/, '') : undefined;
}

const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.node;

if (versionOf(binary) !== wanted) {
	console.log(`Putting Node.js ${wanted} into node_modules/.bin (once) …`);
	// The package `node` fetches its binary at install time, which .npmrc's ignore-scripts holds back.
	const { status } = spawnSync('npm', ['rebuild', 'node', '--ignore-scripts=false'], {
		cwd: root,
		stdio: ['ignore', 'ignore', 'inherit'],
	});
	const got = versionOf(binary);
	if (status !== 0 || got !== wanted) {
		console.error(`Node.js ${wanted} could not be installed (found ${got}). Has "npm ci" run?`);
		process.exit(1);
	}
}
