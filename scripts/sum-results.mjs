/**
 * Adds up the results of several jest runs (files of `--json --outputFile`) into one line. Fails
 * when a test or a suite failed, when a run left no result, and when nothing ran at all.
 */
import { existsSync, readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;
for (const file of process.argv.slice(2)) {
	if (!existsSync(file)) {
		console.error(`No result of a test run: ${file}`);
		failed += 1;
		continue;
	}
	const result = JSON.parse(readFileSync(file, 'utf8'));
	passed += result.numPassedTests;
	// A suite that does not even load holds tests that nobody counts.
	failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
