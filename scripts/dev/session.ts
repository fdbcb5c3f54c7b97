/**
 * Work on the package in a running n8n. A change in a node or a credential type is reloaded by n8n
 * itself (N8N_DEV_RELOAD), and open editors show it. What a whole process shares, such as the open
 * store, outlives a reload with the code that made it, so other changes restart n8n.
 */
import { watch, type FSWatcher } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { N8n } from '../host/n8n.ts';
import { poll } from '../host/poll.ts';
import { Compiler } from './compiler.ts';
import { PackageFolder } from './package-folder.ts';

const WATCHED = ['lib', 'nodes', 'credentials'];
/** n8n begins to watch some seconds after it has called itself ready. */
const WATCH_TIMEOUT_MS = 30_000;
const RELOAD_TIMEOUT_MS = 30_000;
/** What n8n logs when it has noticed a change. */
const NOTICED = 'Hot reload triggered for';
/** An editor writes several files at once. */
const GATHER_MS = 100;

/** How a session is begun. */
export interface SessionOptions {
	/** The checkout that is worked on. */
	root: string;
	/** Where n8n keeps its data. */
	userFolder: string;
	port?: number;
	env?: Record<string, string>;
	/** Takes each line that a person should read. */
	say: (line: string) => void;
}

/** Whether a change is one that a reload brings into effect. */
const isReloadable = (file: string) =>
	/^(?:nodes|credentials)\//.test(file) && !file.startsWith('nodes/shared/');

export class DevSession {
	readonly n8n: N8n;
	private readonly folder: PackageFolder;
	private readonly options: SessionOptions;
	private readonly watchers: FSWatcher[] = [];
	private readonly changed = new Set<string>();
	private compiler?: Compiler;
	private work: Promise<void> = Promise.resolve();
	private gathering?: NodeJS.Timeout;
	private isClosed = false;
	/** How much of n8n's log was looked at. */
	private told = 0;
	/** Whether n8n takes changes over by itself. */
	private reloads = false;

	private constructor(n8n: N8n, folder: PackageFolder, options: SessionOptions) {
		this.n8n = n8n;
		this.folder = folder;
		this.options = options;
	}

	/** Compiles, starts n8n and begins to watch. */
	static async start(options: SessionOptions): Promise<DevSession> {
		const { userFolder, port, env } = options;
		const n8n = await N8n.prepare({
			userFolder,
			packageDir: null,
			env: { ...env, N8N_DEV_RELOAD: 'true' },
			...(port === undefined ? {} : { port }),
		});
		const session = new DevSession(n8n, new PackageFolder(options.root, userFolder), options);
		try {
			await session.begin();
		} catch (error) {
			await session.close();
			throw error;
		}
		return session;
	}

	private async begin(): Promise<void> {
		const { root, say } = this.options;
		await this.folder.make();
		say('Compiling');
		await new Promise<void>((resolve, reject) => {
			this.compiler = new Compiler(root, this.folder.dist, say, (errors) => {
				if (errors > 0) say(`${errors} type errors; n8n gets the code as it is`);
				resolve();
				this.gather();
			});
			void this.compiler.ended.then(() => reject(new Error('The compiler has ended by itself')));
		});
		say('Starting n8n');
		await this.n8n.start();
		await this.waitForReloads();
		this.changed.clear();
		for (const name of WATCHED) {
			const listener = (_: string, file: string | null) => {
				if (file) void this.note([name, ...file.split(sep)].join('/'));
			};
			this.watchers.push(watch(join(root, name), { recursive: true }, listener));
		}
		const manifest = (_: string, file: string | null) => {
			if (file === 'package.json') void this.note(file);
		};
		this.watchers.push(watch(root, manifest));
	}

	/** Settles when all changes so far have arrived in n8n. */
	get settled(): Promise<void> {
		return this.work;
	}

	/** Restarts n8n now. */
	async restart(): Promise<void> {
		await this.inTurn(async () => await this.restartNow('by hand'));
	}

	async close(): Promise<void> {
		this.isClosed = true;
		clearTimeout(this.gathering);
		for (const watcher of this.watchers) watcher.close();
		await this.compiler?.close();
		await this.work;
		await this.n8n.stop();
	}

	private async note(file: string): Promise<void> {
		if (!/\.(?:ts|json|svg|png)$/.test(file)) return;
		this.changed.add(file);
		// The compiler tells when it is done with the others.
		const isTaken = await this.folder.take(file).catch(() => true);
		if (isTaken) this.gather();
	}

	private gather(): void {
		clearTimeout(this.gathering);
		if (this.isClosed) return;
		this.gathering = setTimeout(() => {
			const files = [...this.changed];
			this.changed.clear();
			if (files.length > 0) void this.inTurn(async () => await this.bring(files));
		}, GATHER_MS);
	}

	/** One after the other; what fails is told and ends nothing. */
	private async inTurn(work: () => Promise<void>): Promise<void> {
		this.work = this.work.then(work).catch((error: Error) => this.options.say(error.message));
		await this.work;
	}

	/** Sees to it that n8n works with the changed files. */
	private async bring(files: string[]): Promise<void> {
		if (this.isClosed) return;
		const fixed = files.find((file) => !isReloadable(file));
		if (fixed !== undefined || !this.reloads) {
			await this.restartNow(fixed ?? files.join(', '));
			return;
		}
		await poll(() => this.news.includes(NOTICED), {
			timeoutMs: RELOAD_TIMEOUT_MS,
			what: `n8n to reload ${files.join(', ')}`,
		});
		this.told = this.n8n.log.read().length;
		this.options.say(`Reloaded: ${files.join(', ')}`);
	}

	/** Waits until n8n watches the package, which nothing but a change in it shows. */
	private async waitForReloads(): Promise<void> {
		const probe = join(this.folder.path, '.probe');
		const look = async () => {
			await writeFile(probe, String(Date.now()));
			return this.news.includes(NOTICED);
		};
		const wait = { timeoutMs: WATCH_TIMEOUT_MS, everyMs: 500, what: 'n8n to watch' };
		this.reloads = await poll(look, wait).catch(() => false);
		if (!this.reloads) this.options.say('n8n cannot watch files here: every change restarts it');
		this.told = this.n8n.log.read().length;
	}

	/** What n8n has logged since that was last asked. */
	private get news(): string {
		return this.n8n.log.read().slice(this.told);
	}

	private async restartNow(why: string): Promise<void> {
		const { say } = this.options;
		say(`Restarting n8n: ${why}`);
		const started = Date.now();
		await this.n8n.restart();
		await this.waitForReloads();
		say(`n8n is back after ${Math.round((Date.now() - started) / 1000)} s`);
	}
}
