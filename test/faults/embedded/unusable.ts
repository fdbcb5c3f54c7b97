import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultContext } from '../support/fault.ts';
import { cannotMount, mountSmall, remount, unmount } from '../support/mounts.ts';
import { storeFolder } from '../support/storeFile.ts';
import { EmbeddedRig } from './rig.ts';

const UNUSABLE_FOR_MS = 10_000;
const LONGEST_RETURN_MS = 60_000;

/** Makes a store unusable while n8n is down, and mends it while n8n runs. */
interface Harm {
	prepare?: (context: FaultContext, rig: EmbeddedRig['n8n']) => void;
	harm: (rig: EmbeddedRig) => void;
	mend: (rig: EmbeddedRig) => void;
}

async function startUnusable(context: FaultContext, { prepare, harm, mend }: Harm) {
	const { short, check, tell, random } = context;
	const rig = await EmbeddedRig.start(context, { prepare: (n8n) => prepare?.(context, n8n) });
	const { poster, receiver } = rig;
	receiver.treat = () => ({ status: 503 });
	await poster.post(short ? 100 : 500);
	await rig.n8n.stop();
	harm(rig);
	await rig.startAgain();
	const end = Date.now() + UNUSABLE_FOR_MS;
	while (Date.now() < end) {
		const status = await poster.try(1);
		check(status === 503, `an unusable store is answered with 503, and not with ${status}`);
		await sleep(500 + random() * 1_000);
	}
	const said = rig.n8n.logs().includes('delivery store');
	check(said, "n8n's log tells of the delivery store");

	receiver.treat = () => ({});
	const pid = rig.n8n.pid;
	mend(rig);
	tell('the store is mended, n8n goes on running');
	const mendedAt = Date.now();
	while ((await poster.try(10)) !== 202 && Date.now() < mendedAt + LONGEST_RETURN_MS)
		await sleep(250);
	tell(`hits are taken again after ${Math.round((Date.now() - mendedAt) / 1000)} s`);
	await poster.post(100);
	const tally = await rig.conclude(120_000);
	check(rig.n8n.pid === pid, 'n8n goes on without a restart');
	check(tally.queued === 0, 'everything is sent once the store is mended');
	return tally;
}

const besides = (rig: EmbeddedRig) => `${storeFolder(rig.n8n.userFolder)}-copy`;

export const damaged: Fault = {
	name: 'store-damaged',
	title: 'the embedded store is damaged when n8n starts, and put back from a copy while it runs',
	run: async (context) =>
		await startUnusable(context, {
			harm: (rig) => {
				cpSync(storeFolder(rig.n8n.userFolder), besides(rig), { recursive: true });
				const bytes = Array.from({ length: 65_536 }, () => Math.floor(context.random() * 256));
				writeFileSync(rig.file, Buffer.from(bytes));
			},
			mend: (rig) => {
				const folder = storeFolder(rig.n8n.userFolder);
				renameSync(folder, `${folder}-damaged`);
				renameSync(besides(rig), folder);
				rmSync(`${folder}-damaged`, { recursive: true });
			},
		}),
};

async function replaceWhileRunning(context: FaultContext) {
	const { short, check } = context;
	const rig = await EmbeddedRig.start(context);
	const { poster, receiver } = rig;
	receiver.treat = () => ({ status: 503 });
	await poster.post(short ? 100 : 500);
	const folder = storeFolder(rig.n8n.userFolder);
	const copy = besides(rig);
	mkdirSync(copy);
	backUp(rig.file, join(copy, 'deliveries.sqlite'));
	renameSync(folder, `${folder}-old`);
	renameSync(copy, folder);

	receiver.treat = () => ({});
	const { pid } = rig.n8n;
	await poster.post(100);
	const tally = await rig.conclude(120_000);
	check(rig.n8n.pid === pid, 'n8n goes on without a restart');
	check(tally.queued === 0, 'everything in the copy is sent');
	return tally;
}

/** A copy as SQLite itself makes it of a database that is in use. */
function backUp(from: string, to: string): void {
	const database = new DatabaseSync(from, { readOnly: true, timeout: 5_000 });
	database.prepare('vacuum into ?').run(to);
	database.close();
}

export const replaced: Fault = {
	name: 'store-replaced',
	title: 'the embedded store is moved away and a copy put in its place while n8n runs',
	run: replaceWhileRunning,
};

export const readOnly: Fault = {
	name: 'store-read-only',
	title: 'the embedded store cannot be written when n8n starts, and can again while it runs',
	missing: cannotMount,
	run: async (context) =>
		await startUnusable(context, {
			prepare: ({ atEnd }, n8n) => {
				const folder = storeFolder(n8n.userFolder);
				mountSmall(folder, 64);
				atEnd(async () => {
					await n8n.kill();
					unmount(folder);
				});
			},
			harm: (rig) => remount(storeFolder(rig.n8n.userFolder), 'ro'),
			mend: (rig) => remount(storeFolder(rig.n8n.userFolder), 'rw'),
		}),
};
