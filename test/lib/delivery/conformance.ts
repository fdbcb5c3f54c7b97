import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(__dirname, '../../../../shared/conformance');

/**
 * Runs cases made elsewhere when their folder is there; says so when it is not.
 * @param use gets the parsed file and defines tests.
 */
export function describeConformance<T>(file: string, use: (data: T) => void): void {
	const location = path.join(FOLDER, file);
	if (existsSync(location)) {
		describe(`conformance ${file}`, () => use(JSON.parse(readFileSync(location, 'utf8')) as T));
		return;
	}
	process.stderr.write(`skipped: conformance ${file}, which is not there\n`);
	test.skip(`conformance ${file}`, () => undefined);
}
