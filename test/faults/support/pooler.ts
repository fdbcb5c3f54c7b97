import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../scripts/host/free-port.ts';
import { poll } from '../../../scripts/host/poll.ts';
import { Child } from './child.ts';
import { PASSWORD, somebody, USER } from './postgres.ts';
import { answers } from './redis.ts';

const PROXY = '/usr/sbin/pgbouncer';

/** Why there is no pooling proxy here; undefined when there is one. */
export const withoutPooler = () => (existsSync(PROXY) ? undefined : 'needs pgbouncer');

/**
 * A proxy that gives a connection to the database for one transaction only: what a session would keep
 * (LISTEN, session locks, prepared statements) is lost behind it.
 */
export async function startPooler(
	databasePort: number,
	atEnd: (cleanUp: () => Promise<unknown>) => void,
): Promise<number> {
	const folder = mkdtempSync(join(tmpdir(), 'postback-pooler-'));
	const port = await freePort();
	const users = join(folder, 'users');
	const settings = join(folder, 'pgbouncer.ini');
	writeFileSync(users, `"${USER}" "${PASSWORD}"\n`);
	writeFileSync(
		settings,
		`[databases]
* = host=127.0.0.1 port=${databasePort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = 5
max_client_conn = 200
`,
	);
	// It refuses to run as root as well.
	const { uid, gid } = somebody();
	if (uid !== undefined && gid !== undefined) {
		for (const path of [folder, users, settings]) chownSync(path, uid, gid);
	}
	const proxy = new Child(PROXY, [settings], { cwd: '/', uid, gid });
	atEnd(async () => {
		await proxy.end('SIGKILL');
		rmSync(folder, { recursive: true });
	});
	await poll(
		async () => {
			if (!proxy.isRunning) throw new Error(`pgbouncer has ended:\n${proxy.log}`);
			return await answers(port);
		},
		{ timeoutMs: 10_000, what: 'pgbouncer' },
	);
	return port;
}
