import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFirstStore } from '../../support/firstStore.ts';
import type { Fault, FaultContext } from '../support/fault.ts';
import { storeFile, storeFolder } from '../support/storeFile.ts';
import { EmbeddedRig } from './rig.ts';

const DUMP = join(import.meta.dirname, '..', '..', 'support', 'firstStore.sql');
/** What waits in that store; 0 to 9 were delivered, 10 to 14 are dead letters. */
const WAITING = Array.from({ length: 45 }, (_, i) => 15 + i);

async function run(context: FaultContext) {
	const rig = await EmbeddedRig.start(context, {
		queue: 'upgrade',
		firstHit: 1_000,
		prepare: ({ userFolder }, receiver) => {
			mkdirSync(storeFolder(userFolder), { recursive: true });
			const dump = readFileSync(DUMP, 'utf8');
			writeFirstStore(storeFile(userFolder), dump, receiver.url, Date.now());
		},
	});
	await rig.poster.post(100);
	const tally = await rig.conclude(60_000, WAITING);
	context.check(tally.queued === 0, 'everything in the store of the first version is sent');
	return tally;
}

export const upgrade: Fault = {
	name: 'upgrade',
	title: 'a store of the first version, ended by a crash, is opened by this one',
	inShort: true,
	run,
};
