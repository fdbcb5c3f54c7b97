import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { n8nEnvironment } from '../../../scripts/host/environment.ts';
import { freePort } from '../../../scripts/host/free-port.ts';
import { linkPackage } from '../../../scripts/host/link-package.ts';
import { poll } from '../../../scripts/host/poll.ts';
import { hostN8n, hostNode, packageName, rootDir } from '../../../scripts/paths.ts';
import { Child } from './child.ts';

const START_TIMEOUT_MS = 120_000;

/** A worker of an n8n in queue mode, in a user folder of its own as on another machine. */
export class Worker {
	private readonly userFolder: string;
	private readonly env: Record<string, string>;
	private child: Child | undefined;

	private constructor(userFolder: string, env: Record<string, string>) {
		this.userFolder = userFolder;
		this.env = env;
	}

	/** @param packageDir a built package directory; this checkout without it */
	static async start(env: Record<string, string>, packageDir = rootDir): Promise<Worker> {
		const userFolder = await mkdtemp(join(tmpdir(), 'n8n-postback-worker-'));
		await linkPackage(userFolder, packageDir, packageName);
		const worker = new Worker(userFolder, env);
		await worker.startAgain();
		return worker;
	}

	get isRunning(): boolean {
		return this.child?.isRunning === true;
	}

	/** What it printed last. */
	get log(): string {
		return this.child?.log ?? '';
	}

	async startAgain(): Promise<void> {
		const [port, brokerPort, healthPort] = [await freePort(), await freePort(), await freePort()];
		const env = n8nEnvironment(this.userFolder, { port, brokerPort }, this.env);
		const guard = join(rootDir, 'scripts', 'host', 'orphan-guard.cjs');
		this.child = new Child(hostNode(), ['--require', guard, hostN8n(), 'worker'], {
			cwd: this.userFolder,
			env: {
				...env,
				QUEUE_HEALTH_CHECK_ACTIVE: 'true',
				QUEUE_HEALTH_CHECK_PORT: String(healthPort),
				N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
			},
		});
		await poll(
			async () => {
				if (!this.isRunning) throw new Error(`A worker ended while it started:\n${this.log}`);
				const url = `http://127.0.0.1:${healthPort}/healthz/readiness`;
				return (await fetch(url).catch(() => undefined))?.ok;
			},
			{ timeoutMs: START_TIMEOUT_MS, what: 'a worker to be ready' },
		);
	}

	async kill(): Promise<void> {
		await this.child?.end('SIGKILL');
	}

	async remove(): Promise<void> {
		await this.kill();
		await rm(this.userFolder, { recursive: true, force: true, maxRetries: 5 });
	}
}
