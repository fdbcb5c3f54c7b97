import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultContext } from '../support/fault.ts';
import { badly } from '../support/misbehaviour.ts';
import { withoutQueueMode } from './cluster.ts';
import { QueueRig } from './rig.ts';

/** How long Redis and PostgreSQL are away; n8n itself gives Redis 10 s. */
const AWAY_MS = 2_000;
const LONGEST_SENDING_MS = 1_500;
const LONGEST_START_MS = 15_000;
/** Longer than a lease, of which nothing is heard after a kill. */
const LONGEST_DRAIN_MS = 240_000;
/** A batch whose job is gone with Redis is believed in for a quarter of an hour, since n8n says nothing. */
const LONGEST_SILENCE_MS = 18 * 60_000;

/** Takes a part of the cluster away and brings it back. */
type Blow = (rig: QueueRig) => Promise<void>;

/** Waits until messages are on their way to the receiver. */
async function whileSending({ receiver, context }: QueueRig): Promise<void> {
	const before = receiver.requestCount;
	const end = Date.now() + LONGEST_START_MS;
	while (receiver.requestCount < before + 20 && Date.now() < end) await sleep(10);
	await sleep(context.random() * LONGEST_SENDING_MS);
}

async function underLoad(context: FaultContext, hook: string, blow: Blow, losesJobs = false) {
	const { short, random, tell, check } = context;
	const rig = await QueueRig.start(context, hook);
	rig.receiver.treat = badly(random);
	const blows = short ? 1 : 5;
	const messages = short ? 300 : 600;
	const posting: Promise<void>[] = [];
	for (let n = 1; n <= blows; n++) {
		posting.push(rig.poster.post(messages));
		await whileSending(rig);
		const { owed } = rig.poster;
		tell(`blow ${n} of ${blows}: ${owed.length} owed, ${rig.receiver.takenCount} taken`);
		await blow(rig);
	}
	await Promise.all(posting);
	const isPatient = losesJobs && !short;
	const drainMs = losesJobs ? (isPatient ? LONGEST_SILENCE_MS : 60_000) : LONGEST_DRAIN_MS;
	const tally = await rig.conclude(drainMs);
	check(tally.queued === 0 || (losesJobs && short), 'nothing waits any more');
	return tally;
}

export const workerKilled: Fault = {
	name: 'worker-killed',
	title: 'queue mode, PostgreSQL: SIGKILL of one of two workers while it sends',
	inShort: true,
	missing: withoutQueueMode,
	run: async (context) =>
		await underLoad(context, 'worker-killed', async ({ cluster }) => {
			const worker = cluster.workers[Math.floor(context.random() * cluster.workers.length)];
			await worker.kill();
			await sleep(AWAY_MS);
			await worker.startAgain();
		}),
};

export const mainKilled: Fault = {
	name: 'main-killed',
	title: 'queue mode, PostgreSQL: SIGKILL of main while the workers send',
	missing: withoutQueueMode,
	run: async (context) =>
		await underLoad(context, 'main-killed', async (rig) => {
			await rig.cluster.main.kill();
			await sleep(AWAY_MS);
			await rig.startMainAgain();
		}),
};

export const redisKilled: Fault = {
	name: 'redis-killed',
	title: "queue mode, PostgreSQL: SIGKILL of Redis, n8n's jobs in it, with batches in flight",
	inShort: true,
	missing: withoutQueueMode,
	run: async (context) =>
		await underLoad(
			context,
			'redis-killed',
			async ({ cluster }) => {
				await cluster.redis.kill();
				await sleep(AWAY_MS);
				await cluster.redis.startAgain();
				await cluster.heal();
			},
			true,
		),
};

export const postgresRestarted: Fault = {
	name: 'postgres-restarted',
	title: "queue mode: the store's PostgreSQL crashes or is restarted while messages are sent",
	inShort: true,
	missing: withoutQueueMode,
	run: async (context) => {
		let blows = 0;
		return await underLoad(context, 'postgres-restarted', async ({ cluster }) => {
			await cluster.store.stop(blows++ % 2 === 0 ? 'immediate' : 'fast');
			await sleep(AWAY_MS);
			await cluster.store.startAgain();
		});
	},
};
