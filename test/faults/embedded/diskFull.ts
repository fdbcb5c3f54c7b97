import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultContext } from '../support/fault.ts';
import { cannotMount, mountSmall, unmount } from '../support/mounts.ts';
import { storeFolder } from '../support/storeFile.ts';
import { EmbeddedRig } from './rig.ts';

/** Larger than what SQLite's log grows to. */
const DISK_MB = 40;
const LONGEST_FILLING_MS = 60_000;
const FULL_FOR_MS = 10_000;

/** Writes until nothing more goes onto the disk. */
function fill(path: string): void {
	const file = openSync(path, 'w');
	try {
		for (const size of [1024 * 1024, 4096]) {
			const block = Buffer.alloc(size, 1);
			try {
				for (;;) writeSync(file, block);
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
			}
		}
	} finally {
		closeSync(file);
	}
}

async function run(context: FaultContext) {
	const { short, tell, check } = context;
	const rig = await EmbeddedRig.start(context, {
		prepare: (n8n) => {
			mountSmall(storeFolder(n8n.userFolder), DISK_MB);
			context.atEnd(async () => {
				await n8n.kill();
				unmount(storeFolder(n8n.userFolder));
			});
		},
		senderOptions: { concurrency: 10 },
	});
	const { poster, receiver } = rig;
	// Some are on their way, some wait for a retry.
	receiver.treat = (_message, before) =>
		before === 0 ? { afterMs: 300, status: 503 } : { afterMs: 100 };
	await poster.post(short ? 200 : 1_000);

	const filler = join(storeFolder(rig.n8n.userFolder), 'filler');
	fill(filler);
	const answered = new Set<number | undefined>();
	const end = Date.now() + LONGEST_FILLING_MS;
	while (!answered.has(503) && Date.now() < end) {
		answered.add(await poster.try(25));
		await sleep(20);
	}
	check(answered.has(503), 'a full disk is answered with 503');
	tell(`the disk is full: answered ${[...answered].join(', ')}`);
	await sleep(FULL_FOR_MS);
	const refused = await poster.try(25);
	check(refused === 503, `as long as it is full: 503, and not ${refused}`);

	rmSync(filler);
	tell('there is room again');
	const before = rig.n8n.pid;
	await poster.post(100);
	const tally = await rig.conclude(240_000);
	check(rig.n8n.pid === before, 'n8n goes on without a restart');
	check(tally.queued === 0, 'everything is sent once there is room again');
	return tally;
}

export const diskFull: Fault = {
	name: 'disk-full',
	title: 'the disk of the embedded store is full, then has room again',
	missing: cannotMount,
	run,
};
