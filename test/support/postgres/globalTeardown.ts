import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FOLDER } from './folder';

/** Ends the server of this run, where one was started. */
export default async function tearDown(): Promise<void> {
	const folder = process.env[FOLDER];
	if (folder === undefined) return;
	const file = join(folder, 'pid');
	if (existsSync(file)) {
		const pid = Number(readFileSync(file, 'utf8'));
		try {
			process.kill(pid, 'SIGQUIT');
			for (let look = 0; look < 100; look++) {
				process.kill(pid, 0);
				await new Promise((resolve) => setTimeout(resolve, 50));
			}
		} catch {
			// It is gone.
		}
	}
	rmSync(folder, { recursive: true, force: true });
}
