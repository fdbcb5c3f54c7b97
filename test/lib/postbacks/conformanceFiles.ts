import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(__dirname, '../../../../shared/conformance');

/**
 * The files that match in the conformance folder beside the project, by name; empty, with a notice,
 * where the folder is not.
 */
export function conformanceFiles(under: string, name: RegExp): Array<[string, string]> {
	const at = path.join(folder, under);
	if (!existsSync(at)) {
		console.warn(`skipped: no conformance data at ../shared/conformance/${under}`);
		return [];
	}
	return readdirSync(at)
		.filter((file) => name.test(file))
		.sort()
		.map((file) => [file, readFileSync(path.join(at, file), 'utf8')]);
}
