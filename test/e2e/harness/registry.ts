import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { issueCertificate } from '../../lib/transport/support/certificates.ts';

const HOST = 'registry.npmjs.org';

interface Published {
	manifest: { name: string; version: string; [field: string]: unknown };
	bytes: Buffer;
}

/**
 * npm's public registry, as n8n and npm see it through a proxy. n8n asks another one only with a licence,
 * so this one answers under the true name and lets nobody through to anywhere else.
 */
export class Registry {
	/** The paths that were asked for at the registry. */
	readonly asked: string[] = [];
	/** Other hosts that somebody wanted to reach. */
	readonly refused: string[] = [];
	private readonly published: Published[] = [];
	private readonly sockets = new Set<Duplex>();
	private readonly folder: string;
	private readonly proxy: Server;

	private constructor(folder: string) {
		this.folder = folder;
		const authority = issueCertificate({ name: 'Registry Authority' });
		writeFileSync(join(folder, 'authority.pem'), authority.cert);
		writeFileSync(join(folder, 'npmrc'), '');
		writeFileSync(join(folder, 'globalrc'), '');
		const identity = issueCertificate({ name: HOST, hosts: [HOST], issuer: authority });
		const registry = createTlsServer(identity, (request, response) =>
			this.answer(request, response),
		);
		this.proxy = createServer((request, response) => {
			this.refused.push(request.url ?? '');
			response.writeHead(403).end();
		});
		this.proxy.on('connect', (request: IncomingMessage, socket: Duplex) => {
			this.sockets.add(socket);
			socket.on('error', () => undefined);
			if (request.url !== `${HOST}:443`) {
				this.refused.push(request.url ?? '');
				socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
				return;
			}
			socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
			registry.emit('connection', socket);
		});
	}

	static async start(): Promise<Registry> {
		const registry = new Registry(await mkdtemp(join(tmpdir(), 'postback-registry-')));
		await new Promise<void>((resolve) => registry.proxy.listen(0, '127.0.0.1', resolve));
		return registry;
	}

	/** What lets n8n, and the npm that it runs, reach this registry and no other host. */
	get environment(): Record<string, string> {
		const { port } = this.proxy.address() as AddressInfo;
		return {
			HTTPS_PROXY: `http://127.0.0.1:${port}`,
			HTTP_PROXY: `http://127.0.0.1:${port}`,
			NO_PROXY: '127.0.0.1,localhost',
			NODE_EXTRA_CA_CERTS: join(this.folder, 'authority.pem'),
			npm_config_cache: join(this.folder, 'cache'),
			npm_config_userconfig: join(this.folder, 'npmrc'),
			npm_config_globalconfig: join(this.folder, 'globalrc'),
			npm_config_update_notifier: 'false',
		};
	}

	/** Takes a tarball in, as the newest version of its package. */
	publish(tarball: string): void {
		const options = { encoding: 'utf8', maxBuffer: 1e7 } as const;
		const json = execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], options);
		const manifest = JSON.parse(json) as Published['manifest'];
		const bytes = readFileSync(tarball);
		const { name, version } = manifest;
		const dist = {
			tarball: `https://${HOST}/${name}/-/${name}-${version}.tgz`,
			integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
			shasum: createHash('sha1').update(bytes).digest('hex'),
		};
		this.published.push({ manifest: { ...manifest, dist }, bytes });
	}

	private answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
		const path = decodeURIComponent(url);
		this.asked.push(path);
		const found = this.find(path);
		const body = Buffer.isBuffer(found) ? found : JSON.stringify(found ?? { error: 'Not found' });
		const type = Buffer.isBuffer(found) ? 'application/octet-stream' : 'application/json';
		response.writeHead(found ? 200 : 404, { 'content-type': type }).end(body);
	}

	private find(path: string): unknown {
		const [, name, version] = path.split('/');
		const ours = this.published.filter(({ manifest }) => manifest.name === name);
		const newest = ours.at(-1);
		if (!newest) return undefined;
		if (version === '-') {
			return ours.find(({ manifest }) => basename(path) === `${name}-${manifest.version}.tgz`)
				?.bytes;
		}
		if (version === 'latest') return newest.manifest;
		if (version) return ours.find(({ manifest }) => manifest.version === version)?.manifest;
		return {
			name,
			'dist-tags': { latest: newest.manifest.version },
			versions: Object.fromEntries(
				ours.map(({ manifest }) => [manifest.version, manifest] as const),
			),
		};
	}

	async close(): Promise<void> {
		for (const socket of this.sockets) socket.destroy();
		await new Promise((resolve) => this.proxy.close(resolve));
		await rm(this.folder, { recursive: true, force: true });
	}
}
