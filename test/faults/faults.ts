import { clockSetBack } from './embedded/clockSetBack.ts';
import { diskFull } from './embedded/diskFull.ts';
import { killed } from './embedded/killed.ts';
import { neverAnswers, pours, trickles } from './embedded/slowReceivers.ts';
import { movedUp } from './embedded/movedUp.ts';
import { damaged, readOnly, replaced } from './embedded/unusable.ts';
import { upgrade } from './embedded/upgrade.ts';
import { mainKilled, postgresRestarted, redisKilled, workerKilled } from './queue/killedParts.ts';
import { poolingProxy } from './queue/poolingProxy.ts';
import { storeDownAtStart } from './queue/storeDownAtStart.ts';
import { twoTriggers } from './queue/twoTriggers.ts';
import type { Fault } from './support/fault.ts';

/** Every fault, in the order in which they are done. */
export const FAULTS: readonly Fault[] = [
	killed,
	diskFull,
	damaged,
	replaced,
	readOnly,
	clockSetBack,
	neverAnswers,
	trickles,
	pours,
	upgrade,
	movedUp,
	workerKilled,
	mainKilled,
	redisKilled,
	postgresRestarted,
	storeDownAtStart,
	twoTriggers,
	poolingProxy,
];
