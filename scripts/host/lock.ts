import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The process that holds a lock, if it is still there. */
function holder(file: string): number | undefined {
	try {
		const pid = Number(readFileSync(file, 'utf8'));
		process.kill(pid, 0);
		return pid;
	} catch {
		return undefined;
	}
}

function take(file: string): boolean {
	try {
		writeFileSync(file, String(process.pid), { flag: 'wx' });
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		return false;
	}
}

/** Does something while no other process of this machine does it under the same lock file. */
export async function withLock(file: string, work: () => Promise<void>): Promise<void> {
	let told = false;
	while (!take(file)) {
		const pid = holder(file);
		if (pid === undefined) {
			rmSync(file, { force: true });
			continue;
		}
		if (!told) console.log(`Waiting for process ${pid}, which is at it already`);
		told = true;
		await sleep(500);
	}
	try {
		await work();
	} finally {
		rmSync(file, { force: true });
	}
}
