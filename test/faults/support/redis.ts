import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { freePort } from '../../../scripts/host/free-port.ts';
import { poll } from '../../../scripts/host/poll.ts';
import { Child } from './child.ts';

const SERVERS = ['/usr/bin/redis-server', '/usr/local/bin/redis-server'];

const server = () => SERVERS.find((path) => existsSync(path));

/** Why there is no Redis here; undefined when there is one. */
export const withoutRedis = () => (server() ? undefined : 'needs redis-server');

/** A Redis that keeps nothing over its end, which is the worst that can happen to n8n's jobs. */
export class Redis {
	readonly port: number;
	private child: Child | undefined;

	private constructor(port: number) {
		this.port = port;
	}

	static async start(): Promise<Redis> {
		const redis = new Redis(await freePort());
		await redis.startAgain();
		return redis;
	}

	async startAgain(): Promise<void> {
		const settings = { port: this.port, bind: '127.0.0.1', save: '', appendonly: 'no' };
		const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
		this.child = new Child(server() as string, args, { cwd: '/tmp' });
		await poll(async () => await answers(this.port), { timeoutMs: 10_000, what: 'Redis' });
	}

	async kill(): Promise<void> {
		await this.child?.end('SIGKILL');
	}
}

/** Whether somebody takes connections at a port of this machine. */
export async function answers(port: number): Promise<boolean> {
	return await new Promise((resolve) => {
		const socket = createConnection({ port, host: '127.0.0.1' });
		const end = (answer: boolean) => {
			socket.destroy();
			resolve(answer);
		};
		socket.once('connect', () => end(true));
		socket.once('error', () => end(false));
	});
}
