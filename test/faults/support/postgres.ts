import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../../../scripts/host/free-port.ts';
import { poll } from '../../../scripts/host/poll.ts';
import { Child } from './child.ts';
import type { Stored } from './reconcile.ts';
import { STORED, toStored, type StoredRow } from './storeFile.ts';

/** Newest first. */
const FOLDERS = globSync('/usr/lib/postgresql/*/bin').sort().reverse();

const folder = () => FOLDERS.find((path) => existsSync(join(path, 'initdb')));

/** Why there is no PostgreSQL here; undefined when there is one. */
export const withoutPostgres = () =>
	folder() ? undefined : 'needs PostgreSQL in /usr/lib/postgresql';

export const USER = 'postgres';
export const PASSWORD = 'password-of-a-fault-test';

/** PostgreSQL refuses to run as root. */
function identity(): { uid?: number; gid?: number } {
	if (process.getuid?.() !== 0) return {};
	const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
	return { uid: id('-u'), gid: id('-g') };
}

/** A PostgreSQL server of its own, with nothing in it. */
export class PostgresServer {
	readonly port: number;
	private readonly data: string;
	private child: Child | undefined;

	private constructor(port: number, data: string) {
		this.port = port;
		this.data = data;
	}

	static async start(): Promise<PostgresServer> {
		const data = mkdtempSync(join(tmpdir(), 'postback-postgres-'));
		const { uid, gid } = identity();
		if (uid !== undefined && gid !== undefined) chownSync(data, uid, gid);
		const initdb = join(folder() as string, 'initdb');
		const args = ['-D', join(data, 'data'), '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-locale'];
		execFileSync(initdb, args, { ...identity(), cwd: '/', stdio: 'ignore' });
		const server = new PostgresServer(await freePort(), data);
		await server.startAgain();
		return server;
	}

	async startAgain(): Promise<void> {
		const settings = {
			listen_addresses: '127.0.0.1',
			port: this.port,
			unix_socket_directories: '',
			max_connections: 200,
		};
		const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
		this.child = new Child(
			join(folder() as string, 'postgres'),
			['-D', join(this.data, 'data'), ...args],
			{ ...identity(), cwd: '/' },
		);
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
		rmSync(this.data, { recursive: true, force: true });
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
