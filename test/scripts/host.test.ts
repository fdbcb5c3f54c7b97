import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { n8nEnvironment } from '../../scripts/host/environment.ts';
import { linkPackage } from '../../scripts/host/link-package.ts';
import { withLock } from '../../scripts/host/lock.ts';
import { poll } from '../../scripts/host/poll.ts';
import { workflow } from '../../scripts/host/workflow.ts';

let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'postback-host-'));
});

afterEach(() => {
	rmSync(folder, { recursive: true });
});

describe('environment', () => {
	const ports = { port: 1, brokerPort: 2 };

	test("keeps the machine's own n8n and proxy settings out", () => {
		process.env.N8N_ENCRYPTION_KEY = 'of the machine';
		process.env.HTTPS_PROXY = 'http://proxy.invalid';
		const env = n8nEnvironment('/folder', ports);
		expect(env).not.toHaveProperty('N8N_ENCRYPTION_KEY');
		expect(env).not.toHaveProperty('HTTPS_PROXY');
		delete process.env.N8N_ENCRYPTION_KEY;
		delete process.env.HTTPS_PROXY;
	});

	test('lets a test add, change and take out', () => {
		const extra = { EXECUTIONS_MODE: 'queue', N8N_PORT: '3', N8N_SECURE_COOKIE: undefined };
		const env = n8nEnvironment('/folder', ports, extra);
		expect(env).toMatchObject({ EXECUTIONS_MODE: 'queue', N8N_PORT: '3' });
		expect(env).not.toHaveProperty('N8N_SECURE_COOKIE');
	});
});

test('a package directory is linked, and what was there before is replaced', async () => {
	const link = join(folder, '.n8n', 'nodes', 'node_modules', 'n8n-nodes-probe');
	await mkdir(link, { recursive: true });
	writeFileSync(join(link, 'old'), '');
	expect(await linkPackage(folder, folder, 'n8n-nodes-probe')).toBe(link);
	expect(await readlink(link)).toBe(folder);
	await linkPackage(folder, tmpdir(), 'n8n-nodes-probe');
	expect(await readlink(link)).toBe(tmpdir());
});

test('a workflow is built out of nodes and wires', () => {
	const { nodes, connections } = workflow(
		'probe',
		[
			{ name: 'A', type: 'a' },
			{ name: 'B', type: 'b', typeVersion: 2 },
		],
		[
			['A', 'B', 2],
			['A', 'A'],
		],
	);
	expect(nodes.map(({ typeVersion }) => typeVersion)).toEqual([1, 2]);
	const to = (node: string) => [{ node, type: 'main', index: 0 }];
	expect(connections).toEqual({ A: { main: [to('A'), [], to('B')] } });
});

describe('poll', () => {
	test('gives what it finds', async () => {
		let looks = 0;
		const found = await poll(() => ++looks > 2 && looks, { timeoutMs: 500, everyMs: 1, what: 'x' });
		expect(found).toBe(3);
	});

	test('says what it waited for in vain', async () => {
		const vain = poll(() => undefined, { timeoutMs: 10, everyMs: 1, what: 'a miracle' });
		await expect(vain).rejects.toThrow('a miracle');
	});
});

describe('lock', () => {
	test('keeps others waiting, and is gone in the end', async () => {
		const file = join(folder, 'lock');
		const order: string[] = [];
		const work = (name: string) => async () => {
			order.push(`${name} in`);
			await sleep(20);
			order.push(`${name} out`);
		};
		const log = jest.spyOn(console, 'log').mockImplementation(() => {});
		await Promise.all([withLock(file, work('a')), withLock(file, work('b'))]);
		expect(order).toEqual(['a in', 'a out', 'b in', 'b out']);
		expect(log).toHaveBeenCalledWith(expect.stringContaining(String(process.pid)));
		expect(() => readFileSync(file)).toThrow('ENOENT');
		log.mockRestore();
	});

	test('takes over from a process that is gone', async () => {
		const file = join(folder, 'lock');
		writeFileSync(file, '999999999');
		const work = jest.fn(async () => {});
		await withLock(file, work);
		expect(work).toHaveBeenCalledTimes(1);
	});
});
