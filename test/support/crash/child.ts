import { appendFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../../../lib/clock';
import type { Channel } from '../../../lib/delivery/channel';
import { EndpointGates } from '../../../lib/delivery/endpointGates';
import { PRESETS } from '../../../lib/delivery/presets';
import { createRateLimiter } from '../../../lib/delivery/rateLimiter';
import { send } from '../../../lib/delivery/sender';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { queueConsumer } from '../../../lib/store/lines';
import { freshDelivery, inputsOf } from '../senders';
import { newDelivery, openTestStore } from '../stores';

/**
 * Works on a store until it is killed. What was answered to somebody outside is written to files first: an
 * id in `accepted` is on disk by our word, one in `received` has reached the receiver.
 */
const [folder, job] = process.argv.slice(2);
const note = (file: string, ids: readonly string[]) =>
	appendFileSync(join(folder, file), ids.map((id) => `${id}\n`).join(''));
const unique = () => `msg_${randomUUID()}`;

const channel: Channel = {
	attempt: async (delivery) => {
		note('received', [delivery.id]);
		await systemClock.sleep(Math.random() * 3);
		return { startedAt: Date.now(), durationMs: 1, statusCode: 200 };
	},
};

async function sendInputs(store: DeliveryStore, inputs: ReturnType<typeof inputsOf>) {
	await send(inputs, {
		store,
		clock: systemClock,
		queue: 'q',
		channel,
		policyOf: () => PRESETS.reactorCallback,
		concurrency: 20,
		limiter: createRateLimiter({ requestsPerSecond: 0, clock: systemClock }),
		signal: new AbortController().signal,
		random: Math.random,
		gates: new EndpointGates(true),
	});
}

async function insert(store: DeliveryStore) {
	const deliveries = Array.from({ length: 20 }, () => newDelivery({ id: unique() }));
	await store.insert(deliveries);
	note(
		'accepted',
		deliveries.map(({ id }) => id),
	);
}

const JOBS: Record<string, (store: DeliveryStore) => Promise<void>> = {
	insert,
	claim: async (store) => {
		await insert(store);
		await store.claim(queueConsumer('q'), 15);
	},
	send: async (store) => {
		await insert(store);
		const batch = await store.claim(queueConsumer('q'), 100);
		await sendInputs(store, inputsOf((batch?.deliveries ?? []).map(({ delivery }) => delivery)));
	},
	take: async (store) => {
		await sendInputs(
			store,
			inputsOf(Array.from({ length: 40 }, () => freshDelivery({ id: unique() }))),
		);
	},
};

void (async () => {
	const store = await openTestStore(folder, systemClock, {
		newId: randomUUID,
		process: { pid: process.pid, host: 'test', isAlive: () => false },
	});
	process.send?.('ready');
	for (;;) await Promise.all([JOBS[job](store), JOBS[job](store)]);
})();
