import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from '../../scripts/pack.ts';
import { rootDir } from '../../scripts/paths.ts';
import { N8n } from './harness/index.ts';

// npm reads thousands of files to pack them.
jest.setTimeout(300_000);

let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'postback-pack-'));
});

afterAll(async () => {
	await rm(folder, { recursive: true });
});

test('n8n lists the nodes of the packed tarball, Postback Trigger first', async () => {
	const { path } = await pack(folder);
	const n8n = await N8n.prepare({ packageDir: path });
	const ours = (await n8n.exportNodes())
		.map(({ name }) => name)
		.filter((name) => name.startsWith('n8n-nodes-postback.'));
	// HTTP Delivery can be used as a tool by agents, for which n8n makes a twin.
	expect(ours.filter((name) => !name.endsWith('Tool'))).toEqual([
		'n8n-nodes-postback.postbackTrigger',
		'n8n-nodes-postback.callbackSubscribe',
		'n8n-nodes-postback.httpProfileDestination',
		'n8n-nodes-postback.httpDelivery',
		'n8n-nodes-postback.pushNotification',
		'n8n-nodes-postback.callbackApiTrigger',
		'n8n-nodes-postback.callbackTrigger',
		'n8n-nodes-postback.deliveryQueueTrigger',
		'n8n-nodes-postback.deliveryLog',
	]);
	await n8n.remove();
});

test('the tarball holds all that n8n needs, and nothing else', () => {
	const check = join(rootDir, 'scripts', 'pack-check.ts');
	expect(execFileSync(process.execPath, [check], { encoding: 'utf8' })).toContain('.tgz');
});

test('at the top of the tarball are the built package, its dependencies, documents and examples', async () => {
	const { files, bundled } = await pack(folder, { dryRun: true });
	const [tops, own] = [new Set<string>(), new Set<string>()];
	for (const { path } of files) {
		const [top, ...rest] = path.split('/');
		tops.add(top);
		if (top === 'dist') own.add(rest[0]);
	}
	expect([...tops].sort()).toEqual(
		['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'THIRD-PARTY-NOTICES.md']
			.concat(['dist', 'docs', 'node_modules', 'package.json', 'workflows'])
			.sort(),
	);
	expect([...own].sort()).toEqual(
		['bin', 'credentials', 'known', 'lib', 'methods', 'nodes', 'types'].sort(),
	);
	expect(bundled).toEqual(expect.arrayContaining(['axios', 'kysely', 'pg', 'undici']));
	for (const not of ['n8n-workflow', 'n8n-core', 'jest', 'typescript', 'uuid']) {
		expect(bundled).not.toContain(not);
	}
});
