import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevSession } from '../../scripts/dev/session.ts';
import { rootDir } from '../../scripts/paths.ts';
import { poll } from './harness/index.ts';

interface Type {
	name: string;
	description?: string;
	displayName: string;
	iconUrl?: { light: string };
}

const SOURCES = ['bin', 'credentials', 'lib', 'nodes', 'package.json', 'tsconfig.json'];
/** The whole package with its types, twice, and a start of n8n, on a machine that does other things too. */
const COMPILING_MS = 600_000;
jest.setTimeout(COMPILING_MS);

const NODE = 'nodes/DeliveryLog/DeliveryLog.node.ts';

let folder: string;
let session: DevSession;
const said: string[] = [];

/** The copy of the checkout that is worked on. */
const fileOf = (file: string) => join(folder, 'checkout', file);

async function change(file: string, from: string, to: string): Promise<void> {
	const text = await readFile(fileOf(file), 'utf8');
	if (!text.includes(from)) throw new Error(`${file} does not have ${from}`);
	await writeFile(fileOf(file), text.replace(from, to));
}

async function typesOf(kind: 'nodes' | 'credentials'): Promise<Type[]> {
	const response = await session.n8n.api.fetch(`/types/${kind}.json`);
	const text = await response.text();
	// n8n writes the file anew while it answers.
	return text.trimEnd().endsWith(']') ? (JSON.parse(text) as Type[]) : [];
}

const node = async () =>
	(await typesOf('nodes')).find(({ name }) => name === 'n8n-nodes-postback.deliveryLog');

const hasSaid = (text: string) => said.some((line) => line.includes(text));

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'postback-dev-'));
	await mkdir(fileOf('.'));
	for (const name of SOURCES) await cp(join(rootDir, name), fileOf(name), { recursive: true });
	await symlink(join(rootDir, 'node_modules'), fileOf('node_modules'), 'dir');
	const userFolder = join(folder, 'user');
	await mkdir(userFolder);
	session = await DevSession.start({
		root: fileOf('.'),
		userFolder,
		say: (line) => said.push(line),
	});
});

afterAll(async () => {
	await session?.close();
	await rm(folder, { recursive: true, force: true });
});

test('a changed description is in n8n without a restart', async () => {
	const { pid } = session.n8n;
	const description = 'Look at deliveries in another way';
	await change(NODE, 'Look at deliveries and their attempts', description);
	await poll(async () => (await node())?.description?.startsWith(description), {
		timeoutMs: 150_000,
		what: 'the changed description',
	});
	await poll(() => hasSaid(`Reloaded: ${NODE}`), { timeoutMs: 60_000, what: 'the line' });
	expect(session.n8n.pid).toBe(pid);
});

test('so is what a credential type says of itself, and a codex', async () => {
	const file = 'credentials/PostbackBearerTokenApi.credentials.ts';
	await change(file, 'Bearer Token API', 'Token of a Bearer API');
	await change(
		'nodes/DeliveryLog/DeliveryLog.node.json',
		'"nodeVersion"',
		'"was": 1, "nodeVersion"',
	);
	await poll(
		async () =>
			(await typesOf('credentials')).some(
				({ displayName }) => displayName === 'Token of a Bearer API',
			),
		{ timeoutMs: 150_000, what: 'the changed name' },
	);
});

test('so is an icon, byte for byte', async () => {
	const icon = 'nodes/DeliveryLog/deliveryLog.svg';
	await change(icon, '<svg', '<!-- another --><svg');
	const { light } = (await poll(node, { timeoutMs: 60_000, what: 'the node' })).iconUrl ?? {
		light: '',
	};
	const wanted = await readFile(fileOf(icon), 'utf8');
	await poll(
		async () => {
			const response = await session.n8n.api.fetch(`/${light}`);
			return (await response.text()) === wanted;
		},
		{ timeoutMs: 150_000, what: 'the changed icon' },
	);
});

test('a type error is told, and the session goes on', async () => {
	await change(NODE, 'group:', 'groupe: [], group:');
	await poll(() => hasSaid('groupe'), { timeoutMs: 150_000, what: 'the error' });
	await change(NODE, 'groupe: [], group:', 'group:');
});

test('a change in lib/ restarts n8n, so that nothing of the code before is left', async () => {
	await session.settled;
	const { pid } = session.n8n;
	await change('lib/clock.ts', '/**', '/* another */ /**');
	await poll(() => hasSaid('n8n is back'), { timeoutMs: 170_000, what: 'the restart' });
	expect(hasSaid('Restarting n8n: lib/clock.ts')).toBe(true);
	expect(session.n8n.pid).not.toBe(pid);
	expect(await poll(node, { timeoutMs: 60_000, what: 'the node' })).toBeDefined();
});
