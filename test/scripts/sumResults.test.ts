import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootDir } from '../../scripts/paths.ts';

let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'postback-sum-'));
});

afterEach(() => {
	rmSync(folder, { recursive: true });
});

function sum(...results: Array<[passed: number, failed: number, broken: number] | undefined>) {
	const files = results.map((result, i) => {
		const file = join(folder, `${i}.json`);
		if (result) {
			const [numPassedTests, numFailedTests, numRuntimeErrorTestSuites] = result;
			const counts = { numPassedTests, numFailedTests, numRuntimeErrorTestSuites };
			writeFileSync(file, JSON.stringify(counts));
		}
		return file;
	});
	const script = join(rootDir, 'scripts', 'sum-results.mjs');
	const { stdout, status } = spawnSync(process.execPath, [script, ...files], { encoding: 'utf8' });
	return { last: stdout.trim(), status };
}

test('adds up the tests of all runs', () => {
	expect(sum([3, 0, 0], [4, 0, 0])).toEqual({ last: '7 passed, 0 failed', status: 0 });
});

test('refuses a failed test', () => {
	expect(sum([3, 1, 0], [4, 0, 0])).toEqual({ last: '7 passed, 1 failed', status: 1 });
});

test('refuses a suite that did not load', () => {
	expect(sum([3, 0, 1])).toEqual({ last: '3 passed, 1 failed', status: 1 });
});

test('refuses a run without a result', () => {
	expect(sum([3, 0, 0], undefined)).toEqual({ last: '3 passed, 1 failed', status: 1 });
});

test('refuses that nothing ran', () => {
	expect(sum([0, 0, 0])).toEqual({ last: '0 passed, 0 failed', status: 1 });
});
