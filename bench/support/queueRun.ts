import type { N8n } from '../../scripts/host/n8n.ts';
import { workflow, type WorkflowJson } from '../../scripts/host/workflow.ts';
import type { DeliveryStore } from '../../lib/store/deliveryStore.ts';
import type * as Insert from '../../lib/store/insert.ts';
import { openStoreOf } from './nodeStore.ts';
import { startBenchN8n } from './n8nRuns.ts';
import { compiledPackage } from './package.ts';
import { tell } from './progress.ts';
import type { BenchReceiver } from './receiver.ts';
import { newDeliveries, QUEUE } from './stock.ts';

/** Written by one transaction while a queue is filled. */
const FILL = 5_000;
const LOOK_MS = 20;

/** How a sender is set up besides where its deliveries come from. */
export interface SenderSettings {
	timeoutSeconds?: number;
	/** n8n's own environment. */
	env?: Record<string, string>;
}

/** An n8n with the workflow that drains the queue of the benches. */
export interface QueueWorkflow {
	n8n: N8n;
	/** Publishes the workflow, with which the draining begins. */
	publish: () => Promise<void>;
}

/**
 * An n8n that runs, with a workflow in it that is yet to be published: Delivery Queue Trigger → HTTP Delivery,
 * both as they are by default. Until then nobody has its delivery store open, so that it can be filled, and n8n's
 * own start is over when the draining begins.
 */
export async function queueWorkflow(settings: SenderSettings = {}): Promise<QueueWorkflow> {
	const n8n = await startBenchN8n(settings.env);
	const { id } = await n8n.api.createWorkflow(drainingWorkflow(settings));
	return { n8n, publish: async () => void (await n8n.api.activate(id)) };
}

/** Delivery Queue Trigger → HTTP Delivery. @param credential of the delivery store; the embedded one without */
export function drainingWorkflow(
	{ timeoutSeconds }: SenderSettings = {},
	credential?: { id: string; name: string },
): WorkflowJson {
	const credentials = credential ? { credentials: { deliveryStoreApi: credential } } : {};
	return workflow(
		'Bench queue',
		[
			{
				name: 'Delivery Queue Trigger',
				type: 'n8n-nodes-postback.deliveryQueueTrigger',
				parameters: { options: { queue: QUEUE } },
				...credentials,
			},
			{
				name: 'HTTP Delivery',
				type: 'n8n-nodes-postback.httpDelivery',
				parameters: {
					options: {
						queue: QUEUE,
						allowedHosts: '127.0.0.1',
						...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
					},
				},
				...credentials,
			},
		],
		[['Delivery Queue Trigger', 'HTTP Delivery']],
	);
}

/** Queues so many deliveries in the embedded store of an n8n that has not opened it, in turns for the receivers. */
export async function fillQueue(
	n8n: N8n,
	count: number,
	origins: readonly string[],
): Promise<void> {
	const store = await openStoreOf(n8n.userFolder);
	try {
		await fillStore(store, count, origins);
	} finally {
		await store.close();
	}
}

/** Queues so many deliveries, in turns for the receivers. */
export async function fillStore(
	store: DeliveryStore,
	count: number,
	origins: readonly string[],
): Promise<void> {
	const { insertDeliveries } = compiledPackage().load<typeof Insert>('lib/store/insert');
	for (let at = 0; at < count; at += FILL) {
		const some = newDeliveries(Math.min(FILL, count - at)).map((delivery, i) =>
			toOrigin(delivery, origins[(at + i) % origins.length]),
		);
		await store.write(async (unit) => await insertDeliveries(unit, some));
	}
}

function toOrigin(delivery: Insert.NewDelivery, origin: string): Insert.NewDelivery {
	const request = JSON.parse(delivery.request) as { url: string };
	request.url = origin + new URL(request.url).pathname;
	return { ...delivery, kind: 'postback', endpoint: origin, request: JSON.stringify(request) };
}

/** The moments (`performance.now()`) at which the receivers together had taken so many requests. */
export async function momentsOf(
	receivers: readonly BenchReceiver[],
	counts: readonly number[],
	{ timeoutMs }: { timeoutMs: number },
): Promise<number[]> {
	const moments: number[] = [];
	const until = performance.now() + timeoutMs;
	while (moments.length < counts.length) {
		const states = await Promise.all(receivers.map(async (receiver) => await receiver.state()));
		const now = performance.now();
		const taken = states.reduce((sum, { requests }) => sum + requests, 0);
		while (moments.length < counts.length && taken >= counts[moments.length]) {
			tell(`${counts[moments.length].toLocaleString('en')} requests have arrived`);
			moments.push(now);
		}
		if (now > until) throw new Error(`${taken} of ${counts.at(-1)} requests arrived in time`);
		await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
	}
	return moments;
}
