import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostDir, hostN8n, hostNode, rootDir } from '../paths.ts';
import { withLock } from './lock.ts';

const HEARTBEAT_MS = 20_000;

function readJson<T>(file: string): T {
	return JSON.parse(readFileSync(file, 'utf8')) as T;
}

/** What an installation was made from; another lockfile asks for another installation. */
function fingerprint(dir: string): string {
	const hash = createHash('sha256');
	for (const name of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(dir, name)));
	return hash.digest('hex');
}

function clock(ms: number): string {
	const seconds = Math.round(ms / 1000);
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Runs npm, shows that it is alive, and its own output only if it fails. */
async function npm(dir: string, title: string, args: string[], env: Record<string, string> = {}) {
	const start = Date.now();
	console.log(`  ${title} …`);
	const child = spawn('npm', [...args, '--no-audit', '--no-fund', '--loglevel=warn'], {
		cwd: dir,
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
	}
	const heartbeat = setInterval(
		() => console.log(`    still at it after ${clock(Date.now() - start)}`),
		HEARTBEAT_MS,
	);
	const code = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	}).finally(() => clearInterval(heartbeat));
	if (code !== 0) throw new Error(`"npm ${args.join(' ')}" failed in ${dir}:\n${output}`);
	console.log(`    done in ${clock(Date.now() - start)}`);
}

/** Where the C headers of the pinned Node.js lie, so that nothing has to be fetched to compile. */
function nodeHeaders(dir: string): Record<string, string> {
	const platform = `node-${process.platform}-${process.arch}`;
	const candidates = [
		join(dir, 'node_modules', 'node', 'node_modules', platform),
		join(dir, 'node_modules', platform),
	];
	const found = candidates.find((path) => existsSync(join(path, 'include', 'node', 'node.h')));
	return found ? { npm_config_nodedir: found } : {};
}

function checkShared(dir: string): void {
	const pinned = readJson<{ dependencies: { n8n: string } }>(join(rootDir, 'host', 'package.json'));
	const manifest = join(dir, 'node_modules', 'n8n', 'package.json');
	const found = existsSync(manifest) ? readJson<{ version: string }>(manifest).version : 'none';
	if (found !== pinned.dependencies.n8n || !existsSync(hostNode())) {
		throw new Error(
			`N8N_POSTBACK_HOST_DIR must hold n8n ${pinned.dependencies.n8n} and its Node.js; found: ${found}`,
		);
	}
}

/**
 * Installs the pinned n8n of `host/` unless that was done before from the same lockfile. An
 * installation elsewhere is used instead when N8N_POSTBACK_HOST_DIR names it.
 */
export async function ensureHost(): Promise<void> {
	const dir = hostDir();
	if (process.env.N8N_POSTBACK_HOST_DIR) {
		checkShared(dir);
		return;
	}
	await withLock(join(dir, '.installing'), async () => {
		await install(dir);
	});
}

async function install(dir: string): Promise<void> {
	const stamp = join(dir, 'node_modules', '.installed-from');
	const wanted = fingerprint(dir);
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(hostN8n())) return;

	console.log('Installing n8n into host/ (once; 2.9 GB on disk, about 6 minutes)');
	// Other packages' install scripts download binaries that are not needed here.
	await npm(dir, '1/3 downloading n8n', ['ci', '--ignore-scripts']);
	await npm(dir, '2/3 Node.js for n8n', ['rebuild', 'node', '--ignore-scripts=false']);
	await npm(
		dir,
		'3/3 building sqlite3 (needs a C++ compiler, make and python3 where no binary can be had)',
		['rebuild', 'sqlite3', '--ignore-scripts=false'],
		nodeHeaders(dir),
	);
	// npm calls a rebuild that skipped its script a success.
	execFileSync(hostNode(), ['--eval', 'require("sqlite3")'], { cwd: dir, stdio: 'inherit' });
	writeFileSync(stamp, wanted);
}
