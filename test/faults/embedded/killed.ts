import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultContext } from '../support/fault.ts';
import { badly } from '../support/misbehaviour.ts';
import type { FaultyReceiver } from '../support/receiver.ts';
import { EmbeddedRig } from './rig.ts';

const LONGEST_LIFE_MS = 3_000;
const LONGEST_SENDING_MS = 1_500;
/** n8n that was killed while it activated its triggers tries again only after two minutes. */
const LONGEST_ACTIVATION_MS = 150_000;
const BETWEEN_RESTARTS_MS = [1_000, 6_000] as const;
const LONGEST_DOWN_MS = 1_500;

/** Takes the receiver away and brings it back, at random moments, until it is told to stop. */
async function keepRestarting(
	receiver: FaultyReceiver,
	random: () => number,
	stop: AbortSignal,
): Promise<void> {
	const [least, most] = BETWEEN_RESTARTS_MS;
	while (!stop.aborted) {
		await sleep(least + random() * (most - least), undefined, { signal: stop }).catch(() => {});
		if (!stop.aborted) await receiver.restart(random() * LONGEST_DOWN_MS);
	}
}

/** Most kills come while messages are being sent, some at any moment after the start. */
async function killingMoment(receiver: FaultyReceiver, random: () => number): Promise<void> {
	if (random() < 0.1) return await sleep(random() * LONGEST_LIFE_MS);
	const before = receiver.requestCount;
	const end = Date.now() + LONGEST_ACTIVATION_MS;
	while (receiver.requestCount < before + 20 && Date.now() < end) await sleep(10);
	await sleep(random() * LONGEST_SENDING_MS);
}

async function run(context: FaultContext) {
	const { random, short, tell } = context;
	const kills = short ? 2 : 20;
	const messages = short ? 1_000 : 10_000;
	const rig = await EmbeddedRig.start(context);
	rig.receiver.treat = badly(random);
	const stop = new AbortController();
	context.atEnd(() => stop.abort());
	const restarting = keepRestarting(rig.receiver, random, stop.signal);

	const posting: Promise<void>[] = [];
	for (let kill = 1; kill <= kills; kill++) {
		posting.push(rig.poster.post(messages / kills));
		await killingMoment(rig.receiver, random);
		await rig.n8n.kill();
		tell(
			`kill ${kill} of ${kills}: ${rig.poster.owed.length} owed, ${rig.receiver.takenCount} taken`,
		);
		await rig.startAgain();
	}
	await Promise.all(posting);
	stop.abort();
	await restarting;
	return await rig.conclude(short ? 120_000 : 600_000);
}

export const killed: Fault = {
	name: 'n8n-killed',
	title:
		'SIGKILL of n8n at random moments; the receiver fails, stalls, resets and restarts; SQLite',
	inShort: true,
	run,
};
