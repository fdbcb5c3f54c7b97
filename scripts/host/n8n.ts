import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hostN8n, hostNode, packageName, rootDir } from '../paths.ts';
import { N8nClient } from './client.ts';
import { n8nEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { freePort } from './free-port.ts';
import { linkPackage } from './link-package.ts';
import { Log } from './log.ts';
import { poll } from './poll.ts';

const run = promisify(execFile);

const START_TIMEOUT_MS = 180_000;
/** n8n gives its executions 30 s at SIGTERM. */
const STOP_TIMEOUT_MS = 45_000;

/** How to start n8n. */
export interface N8nOptions {
	/** Where n8n keeps its data; a new folder below the system's temporary folder without it. */
	userFolder?: string;
	/** The port of editor, webhooks and REST; a free one without it. */
	port?: number;
	/** Added to the quiet offline environment; undefined takes a name out of it. */
	env?: Environment;
	/** A built package directory or a `.tgz`; this checkout without it, none at all with null. */
	packageDir?: string | null;
	/** The name of the package at `packageDir`; this package's own without it. */
	packageName?: string;
}

const running = new Set<ChildProcess>();

process.on('exit', () => {
	for (const child of running) signalGroup(child, 'SIGKILL');
});

/** Signals a process and everything that it started; one that is gone is left alone. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
	try {
		if (child.pid !== undefined) process.kill(-child.pid, signal);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
	}
}

/** An n8n on this machine, with a user folder that outlives its process. */
export class N8n {
	readonly userFolder: string;
	readonly port: number;
	readonly url: string;
	/** The REST API, logged in as the owner. */
	readonly api: N8nClient;
	readonly log: Log;
	/** The port on which n8n would take task runners; it must be free as well. */
	readonly brokerPort: number;
	private env: Environment;
	private child?: ChildProcess;
	/** Settles when the process has ended, however it did. */
	ended: Promise<void> = Promise.resolve();

	private constructor(userFolder: string, port: number, brokerPort: number, env: Environment) {
		this.userFolder = userFolder;
		this.port = port;
		this.brokerPort = brokerPort;
		this.env = env;
		this.url = `http://127.0.0.1:${port}`;
		this.api = new N8nClient(this.url);
		this.log = new Log(join(userFolder, 'n8n.log'));
	}

	/** Prepares a user folder with the package in it; starts nothing. */
	static async prepare(options: N8nOptions = {}): Promise<N8n> {
		const userFolder = options.userFolder ?? (await mkdtemp(join(tmpdir(), 'n8n-postback-')));
		await mkdir(join(userFolder, '.n8n'), { recursive: true });
		if (options.packageDir !== null) {
			const source = options.packageDir ?? rootDir;
			await linkPackage(userFolder, source, options.packageName ?? packageName);
		}
		const port = options.port ?? (await freePort());
		return new N8n(userFolder, port, await freePort(), options.env ?? {});
	}

	/** The process id while n8n runs. */
	get pid(): number | undefined {
		return this.child?.pid;
	}

	/** The environment of the next start, and of the command line. */
	get environment(): Record<string, string> {
		return n8nEnvironment(this.userFolder, this, this.env);
	}

	/** Starts n8n, waits until it answers, and logs in. */
	async start(): Promise<void> {
		if (this.child) throw new Error('n8n runs already');
		// n8n pauses for 10 s when it finds this, to slow down crash loops; it does nothing else.
		await rm(join(this.userFolder, '.n8n', 'crash.journal'), { force: true });
		const guard = join(import.meta.dirname, 'orphan-guard.cjs');
		const child = spawn(hostNode(), ['--require', guard, hostN8n(), 'start'], {
			cwd: this.userFolder,
			env: this.environment,
			stdio: ['ignore', 'pipe', 'pipe'],
			// A process group of its own: a kill reaches all of it, Ctrl-C none of it before stop().
			detached: true,
		});
		this.child = child;
		running.add(child);
		this.log.follow(child.stdout);
		this.log.follow(child.stderr);
		this.ended = new Promise((resolve) => {
			const end = () => {
				running.delete(child);
				this.child = undefined;
				resolve();
			};
			child.once('exit', end);
			child.once('error', end);
		});
		await this.ready();
		await this.api.logIn();
	}

	private async ready(): Promise<void> {
		await poll(
			async () => {
				if (!this.child) throw new Error(`n8n ended while it started:\n${this.log.tail()}`);
				const answer = await fetch(`${this.url}/healthz/readiness`).catch(() => undefined);
				return answer?.ok;
			},
			{ timeoutMs: START_TIMEOUT_MS, what: 'n8n to be ready' },
		).catch(async (error: Error) => {
			await this.kill();
			throw new Error(`${error.message}\n${this.log.tail()}`);
		});
	}

	/** Ends n8n as an administrator does, and waits until it has ended. */
	async stop(): Promise<void> {
		if (this.child) signalGroup(this.child, 'SIGTERM');
		const late = setTimeout(() => void this.kill(), STOP_TIMEOUT_MS);
		await this.ended;
		clearTimeout(late);
	}

	/** Ends n8n in the middle of whatever it does. */
	async kill(): Promise<void> {
		if (this.child) signalGroup(this.child, 'SIGKILL');
		await this.ended;
	}

	/** Starts n8n anew on the same folder and port; stops it before if it runs. */
	async restart(env: Environment = {}): Promise<void> {
		await this.stop();
		this.env = { ...this.env, ...env };
		await this.start();
	}

	/** Removes the user folder of an n8n that has ended. */
	async remove(): Promise<void> {
		await this.stop();
		await rm(this.userFolder, { recursive: true, force: true, maxRetries: 5 });
	}

	/** What n8n printed, over all starts. */
	logs(): string {
		return this.log.read();
	}

	/** The address of a production webhook, or with `test` of the one of a manual run. */
	webhookUrl(path: string, test = false): string {
		return `${this.url}/${test ? 'webhook-test' : 'webhook'}/${path}`;
	}

	/**
	 * Waits until a production webhook is registered, without calling it. At a restart n8n calls
	 * itself ready before it has registered them.
	 */
	async waitForWebhook(path: string, timeoutMs = 60_000): Promise<void> {
		await poll(
			async () => {
				// n8n tells an unknown path from one that is known for another method.
				const answer = await fetch(this.webhookUrl(path), { method: 'PATCH' });
				return (await answer.text()).includes('not registered for PATCH');
			},
			{ timeoutMs, what: `webhook ${path} to be registered` },
		);
	}

	/** Runs a command of n8n's command line on this user folder, whether n8n runs or not. */
	async cli(...args: string[]): Promise<string> {
		const { stdout, stderr } = await run(hostNode(), [hostN8n(), ...args], {
			cwd: this.userFolder,
			env: { ...this.environment, N8N_RUNNERS_BROKER_PORT: String(await freePort()) },
			maxBuffer: 64 * 1024 * 1024,
			timeout: START_TIMEOUT_MS,
		});
		return stdout + stderr;
	}

	/** All node types that n8n would offer, as `n8n export:nodes` writes them. */
	async exportNodes(): Promise<Array<{ name: string; [key: string]: unknown }>> {
		const file = join(this.userFolder, 'nodes.json');
		await this.cli('export:nodes', `--output=${file}`);
		return JSON.parse(await readFile(file, 'utf8')) as Array<{ name: string }>;
	}
}

/** Prepares a user folder and starts n8n on it. */
export async function startN8n(options: N8nOptions = {}): Promise<N8n> {
	const n8n = await N8n.prepare(options);
	await n8n.start();
	return n8n;
}
