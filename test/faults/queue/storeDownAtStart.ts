import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultContext } from '../support/fault.ts';
import { withoutQueueMode } from './cluster.ts';
import { QueueRig } from './rig.ts';

const DOWN_FOR_MS = 10_000;

async function run(context: FaultContext) {
	const { short, tell, check } = context;
	const rig = await QueueRig.start(context, 'store-down-at-start');
	const { poster, receiver, cluster } = rig;
	receiver.treat = () => ({ status: 503 });
	await poster.post(short ? 100 : 500);
	await cluster.main.stop();
	await cluster.store.stop('fast');
	await rig.startMainAgain();
	const refused = await poster.try(1);
	check(refused === 503, `a store that is not there is answered with 503, and not with ${refused}`);
	await sleep(DOWN_FOR_MS);

	receiver.treat = () => ({});
	await cluster.store.startAgain();
	const { pid } = cluster.main;
	const back = Date.now();
	await poster.post(100);
	tell(`hits are taken again ${Math.round((Date.now() - back) / 1000)} s after the store is back`);
	const tally = await rig.conclude(180_000);
	check(cluster.main.pid === pid, 'n8n goes on without a restart');
	check(tally.queued === 0, 'everything is sent once the store is back');
	return tally;
}

export const storeDownAtStart: Fault = {
	name: 'store-down-at-start',
	title: "queue mode: the store's PostgreSQL is down when n8n starts, and comes back later",
	missing: withoutQueueMode,
	run,
};
