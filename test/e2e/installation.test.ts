import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pack } from '../../scripts/pack.ts';
import { packageName, rootDir } from '../../scripts/paths.ts';
import { answers, N8n, Receiver, workflow, type WorkflowJson } from './harness/index.ts';
import { Registry } from './harness/registry.ts';
import { postHits, spineWorkflow } from './harness/spine.ts';
import { stored } from './harness/store.ts';

const run = promisify(execFile);

// npm and n8n each take their time.
jest.setTimeout(300_000);

const NODES = [
	'callbackApiTrigger',
	'callbackSubscribe',
	'callbackTrigger',
	'deliveryLog',
	'deliveryQueueTrigger',
	'httpDelivery',
	'httpProfileDestination',
	'postbackTrigger',
	'pushNotification',
];
const typesOf = (prefix: string) => NODES.map((name) => `${prefix}.${name}`);

let folder: string;
let tarball: string;
let registry: Registry;
let receiver: Receiver;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'postback-installation-'));
	tarball = (await pack(folder)).path;
	registry = await Registry.start();
	receiver = await Receiver.start();
});

afterAll(async () => {
	await receiver?.close();
	await registry?.close();
	await rm(folder, { recursive: true, force: true });
});

/** Every wait of 30 s takes 3 s. */
const QUICK = { N8N_DISABLE_UI: 'true', N8N_POSTBACK_TIME_SCALE: '0.1' };

/** An n8n without the package, for which the registry of this test is npm's. */
const emptyN8n = async () =>
	await N8n.prepare({ packageDir: null, env: { ...QUICK, ...registry.environment } });

interface Installed {
	installedVersion: string;
	failedLoading?: boolean;
	installedNodes: Array<{ type: string }>;
}

const install = async (n8n: N8n) =>
	await n8n.api.call<Installed>('POST', '/community-packages', { name: packageName });
const installed = async (n8n: N8n) => await n8n.api.call<Installed[]>('GET', '/community-packages');
const rowsTo = async (n8n: N8n, path: string) =>
	(await stored.rows(n8n.userFolder)).filter(({ url }) => url.endsWith(path));

/** Publishes a workflow that sends each hit to the path that stands in it, with a token. */
async function publishSender(n8n: N8n, path: string): Promise<string> {
	const json = spineWorkflow({
		path,
		postbacks: [{ name: 'Send', url: `${receiver.url}/{to}` }],
		sender: { authentication: 'bearerToken' },
	});
	const sender = json.nodes.find(({ name }) => name === 'HTTP Delivery');
	const secret = { token: `token-of-${path}`, allowedDomains: '127.0.0.1' };
	const credential = await n8n.api.createCredential(path, 'postbackBearerTokenApi', secret);
	if (sender) sender.credentials = { postbackBearerTokenApi: credential };
	const { id } = await n8n.api.createWorkflow(json);
	await n8n.api.activate(id);
	return id;
}

/** Sends a hit, and waits until its message has come to its path a number of times. */
async function hit(n8n: N8n, path: string, to: string, times = 1) {
	const { status } = await postHits(n8n.webhookUrl(path), { to });
	expect(status).toBe(202);
	const requests = await receiver.waitFor(times, { path: `/${to}` });
	for (const { headers } of requests) {
		expect(headers.authorization).toBe(`Bearer token-of-${path}`);
	}
}

/** Lets a path refuse everything, until told otherwise. */
function refusing(path: string): () => void {
	let refuses = true;
	receiver.on(path, () => (refuses ? answers.status(503) : answers.ok()));
	return () => (refuses = false);
}

const pause = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));

describe('through n8n’s community packages service', () => {
	let n8n: N8n;
	let sender: string;
	let acceptLater: () => void;
	const other = async () => (await fetch(n8n.webhookUrl('other'))).status;

	beforeAll(async () => {
		registry.publish(tarball);
		n8n = await emptyN8n();
		await n8n.start();
	});
	afterAll(async () => await n8n?.remove());

	test('one name is enough, and nothing but the tarball is asked for', async () => {
		const { installedVersion, installedNodes } = await install(n8n);
		expect(installedVersion).toBe('0.1.0');
		expect(installedNodes.map(({ type }) => type).sort()).toEqual(typesOf(packageName));
		expect(await installed(n8n)).toMatchObject([{ failedLoading: false }]);
		const own = registry.asked.filter((path) => path.startsWith(`/${packageName}`));
		expect(registry.asked).toEqual(own);
		// n8n's own list of packages that are not allowed.
		expect(new Set(registry.refused)).toEqual(new Set(['api.n8n.io:443']));
	});

	test('a workflow runs, without a restart', async () => {
		sender = await publishSender(n8n, 'in');
		await hit(n8n, 'in', 'at-once');
	});

	test('after its removal other workflows run on, and what is stored waits', async () => {
		const json = workflow('Other', [
			{
				name: 'Webhook',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				webhookId: crypto.randomUUID(),
				parameters: { path: 'other' },
			},
		]);
		await n8n.api.activate((await n8n.api.createWorkflow(json)).id);
		acceptLater = refusing('/later');
		await hit(n8n, 'in', 'later');
		await n8n.api.call('DELETE', `/community-packages?name=${packageName}`);
		expect(await installed(n8n)).toEqual([]);
		expect(await other()).toBe(200);
		// It is due after 3 s.
		await pause(8_000);
		expect(receiver.requests('/later')).toHaveLength(1);
		expect(await rowsTo(n8n, '/later')).toMatchObject([{ status: 'retrying', attempt: 1 }]);
		expect(n8n.logs()).toContain('n8n-nodes-postback was removed');
	});

	test('without it n8n starts, other workflows run, and ours name the node that is missing', async () => {
		await n8n.restart();
		await n8n.waitForWebhook('other');
		expect(await other()).toBe(200);
		await expect(n8n.api.runManually(sender, { trigger: 'Postback Trigger' })).rejects.toThrow(
			'Unrecognized node type: n8n-nodes-postback.postbackTrigger',
		);
		await expect(n8n.api.activate(sender)).rejects.toThrow(
			'Unrecognized node type: n8n-nodes-postback.',
		);
		expect((await n8n.api.getWorkflow(sender)).nodes).toHaveLength(6);
	});

	test('installed again and published again, the workflow sends what had waited', async () => {
		await install(n8n);
		acceptLater();
		await n8n.api.activate(sender);
		await receiver.waitFor(2, { path: '/later' });
		await hit(n8n, 'in', 'again');
		const [first, second] = receiver.requests('/later');
		expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
		expect(second.headers.authorization).toBe('Bearer token-of-in');
	});
});

describe('by hand', () => {
	/** As in n8n's Docker image: the user folder is a volume, and the file was copied to it. */
	async function inNodesFolder(place: (nodes: string) => Promise<unknown>): Promise<N8n> {
		const n8n = await emptyN8n();
		const nodes = join(n8n.userFolder, '.n8n', 'nodes');
		await mkdir(nodes, { recursive: true });
		await place(nodes);
		registry.asked.length = 0;
		await n8n.start();
		return n8n;
	}

	async function runs(n8n: N8n, to: string): Promise<void> {
		try {
			expect(await installed(n8n)).toEqual([]);
			await publishSender(n8n, to);
			await hit(n8n, to, to);
			expect(registry.asked).toEqual([]);
		} finally {
			await n8n.remove();
		}
	}

	test('npm install of the tarball in ~/.n8n/nodes needs no registry, and a workflow runs', async () => {
		const n8n = await inNodesFolder(async (cwd) => {
			await writeFile(join(cwd, 'package.json'), '{"name":"installed-nodes","private":true}');
			const env = { ...process.env, ...registry.environment };
			registry.asked.length = 0;
			// n8n's own packages must not be fetched beside it, which peer dependencies would do.
			const options = ['--legacy-peer-deps', '--ignore-scripts', '--no-audit'];
			await run('npm', ['install', ...options, tarball], { cwd, env });
			expect(registry.asked).toEqual([]);
		});
		await runs(n8n, 'npm-install');
	});

	test('the tarball unpacked in ~/.n8n/nodes/node_modules, and a workflow runs', async () => {
		const n8n = await inNodesFolder(async (nodes) => {
			const target = join(nodes, 'node_modules', packageName);
			await mkdir(target, { recursive: true });
			await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
		});
		await runs(n8n, 'unpacked');
	});

	test('with N8N_CUSTOM_EXTENSIONS the nodes have other names, and a workflow of those runs', async () => {
		const custom = join(folder, 'custom');
		await mkdir(custom);
		await run('tar', ['-xzf', tarball, '-C', custom]);
		const n8n = await N8n.prepare({
			packageDir: null,
			env: { ...QUICK, ...registry.environment, N8N_CUSTOM_EXTENSIONS: custom },
		});
		await n8n.start();
		try {
			receiver.on('/custom', answers.status(503), answers.ok());
			const json = spineWorkflow({
				path: 'custom',
				postbacks: [{ name: 'Send', url: `${receiver.url}/custom` }],
			});
			const text = JSON.stringify(json).replaceAll(`"${packageName}.`, '"CUSTOM.');
			const { id } = await n8n.api.createWorkflow(JSON.parse(text) as WorkflowJson);
			await n8n.api.activate(id);
			await postHits(n8n.webhookUrl('custom'), {});
			await receiver.waitFor(2, { path: '/custom' });
		} finally {
			await n8n.remove();
		}
	});
});

describe('upgrade from the first version', () => {
	/** What `npm run build` made of commit a9eb06a, without maps and types; the store of that version is in firstStore.sql. */
	const FIRST = join(rootDir, 'test', 'support', 'firstPackage.tar.gz');

	/** The first version as it was built, with the dependencies of this one: the same, and uuid besides. */
	async function packFirst(): Promise<string> {
		const [old, current] = [join(folder, 'old'), join(folder, 'current')];
		await Promise.all([mkdir(old), mkdir(current)]);
		await run('tar', ['-xzf', FIRST, '-C', old]);
		await run('tar', ['-xzf', tarball, '-C', current]);
		const { bundleDependencies } = JSON.parse(
			await readFile(join(old, 'package', 'package.json'), 'utf8'),
		) as { bundleDependencies: string[] };
		const modules = join(old, 'package', 'node_modules');
		await cp(join(current, 'package', 'node_modules'), modules, { recursive: true });
		// Its command, whose link no tarball holds, would let n8n's npm ask the registry for it.
		const uuid = join(modules, 'uuid');
		await cp(join(rootDir, 'node_modules', 'uuid'), uuid, { recursive: true });
		const { bin: _bin, ...manifest } = JSON.parse(
			await readFile(join(uuid, 'package.json'), 'utf8'),
		) as { bin?: unknown };
		await writeFile(join(uuid, 'package.json'), JSON.stringify(manifest));
		for (const name of bundleDependencies) await readFile(join(modules, name, 'package.json'));
		const path = join(folder, 'n8n-nodes-postback-0.0.1.tgz');
		await run('tar', ['-czf', path, '-C', old, 'package']);
		return path;
	}

	test('keeps workflows, credentials and what is stored', async () => {
		const other = await Registry.start();
		other.publish(await packFirst());
		const n8n = await N8n.prepare({
			packageDir: null,
			env: { ...QUICK, ...other.environment },
		});
		await n8n.start();
		try {
			expect(await install(n8n)).toMatchObject({ installedVersion: '0.0.1' });
			const id = await publishSender(n8n, 'upgraded');
			await hit(n8n, 'upgraded', 'before');
			const accept = refusing('/meanwhile');
			await hit(n8n, 'upgraded', 'meanwhile');
			receiver.on('/gone', answers.gone());
			await hit(n8n, 'upgraded', 'gone');

			other.publish(tarball);
			const updated = await n8n.api.call<Installed>('PATCH', '/community-packages', {
				name: packageName,
			});
			expect(updated).toMatchObject({ installedVersion: '0.1.0' });
			expect(updated.installedNodes).toHaveLength(NODES.length);
			await n8n.restart();
			accept();
			await n8n.waitForWebhook('upgraded');
			await stored.waitFor(n8n.userFolder, (rows) =>
				rows.some(({ url, status }) => url.endsWith('/meanwhile') && status === 'delivered'),
			);
			await hit(n8n, 'upgraded', 'after');
			expect(await rowsTo(n8n, '/before')).toMatchObject([{ status: 'delivered', attempt: 1 }]);
			expect(await rowsTo(n8n, '/gone')).toMatchObject([{ status: 'dead', reason: 'HTTP 410' }]);
			expect(
				new Set(receiver.requests('/meanwhile').map((r) => r.headers['webhook-id'])).size,
			).toBe(1);
			expect((await n8n.api.publicationStatus(id)).status).toBe('published');
		} finally {
			await n8n.remove();
			await other.close();
		}
	});
});
