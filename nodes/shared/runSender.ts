import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import type { Channel } from '../../lib/delivery/channel';
import type { Delivery } from '../../lib/delivery/delivery';
import { EndpointGates, GATE_DEFAULTS } from '../../lib/delivery/endpointGates';
import type { RetryPolicy } from '../../lib/delivery/presets';
import { createRateLimiter, type RateLimiter } from '../../lib/delivery/rateLimiter';
import type { LookBefore } from '../../lib/delivery/look';
import { send, type SenderReport } from '../../lib/delivery/sender';
import { sendOnce } from '../../lib/delivery/sendOnce';
import type { JobFeed, SenderInput, SenderResult } from '../../lib/delivery/senderTypes';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { noteTestRun } from '../../lib/store/testRuns';
import { giveHints, toOutputs } from './senderOutputs';
import { giveSetupHints, giveStoreHint } from './setupHints';
import { oncePerProcess, shutdownSignal } from './processScope';
import { assertServed, takeSeat } from './queue';
import { SenderLog } from './senderLog';
import { storeOf, storeProblem, type NodeStore } from './stores';

/** What a sender's node has read from its parameters. */
export interface SenderRun {
	/** Deliveries that can be sent. */
	inputs: SenderInput[];
	/** Items that are none, as dead letters. */
	invalid: SenderResult[];
	/** The part that this node has in its queue: `sender:http`. */
	role: string;
	queue: string;
	/** `queue`: retried by the Delivery Queue Trigger; `output`: by the workflow itself. */
	retries: 'queue' | 'output';
	channel: Channel;
	policyOf: (delivery: Delivery) => RetryPolicy;
	concurrency: number;
	requestsPerSecond: number;
	breaker: boolean;
	timeScale: number;
	credentialName?: string;
	/** Milliseconds for which a deduplication key is remembered. */
	deduplicationMs: number;
	/** Makes what is asked before every attempt. */
	lookOf?: (store: DeliveryStore) => LookBefore;
	/** Makes what brings further deliveries in a production run, once everything is known to be in order. */
	feedOf?: (store: DeliveryStore) => Promise<JobFeed | undefined>;
	/** Gets each result of a production run as it comes; the report has none then. */
	onResult?: (result: SenderResult) => void;
}

/** Sends a node's deliveries and shapes its three outputs. */
export async function runSender(
	context: IExecuteFunctions,
	run: SenderRun,
): Promise<INodeExecutionData[][]> {
	const report = await sendRun(context, run);
	giveHints(context, report);
	const masked = run.retries === 'queue';
	return toOutputs(context, [...report.results, ...run.invalid], masked);
}

/** Sends a node's deliveries as the mode of the execution and of the node has it. */
export async function sendRun(context: IExecuteFunctions, run: SenderRun): Promise<SenderReport> {
	if (context.getMode() === 'manual') return await sendForTest(context, run);
	const log = new SenderLog();
	const sending = run.retries === 'output' ? sendStateless : sendStored;
	const report = await sending(context, log.watching(run));
	log.write(context, report);
	return report;
}

const NOTHING: SenderReport = { results: [], stopped: 0, late: 0 };

function endSignal(context: IExecuteFunctions): AbortSignal {
	const cancelled = context.getExecutionCancelSignal?.();
	return cancelled ? AbortSignal.any([cancelled, shutdownSignal()]) : shutdownSignal();
}

/** A manual run: once, shown, marked, and never claimed. */
async function sendForTest(context: IExecuteFunctions, run: SenderRun): Promise<SenderReport> {
	// What this test run has sent already would otherwise go round for ever where Retrying is wired back.
	const [back, first] = split(run.inputs, cameBack);
	const inputs = first.map((input) => ({
		...input,
		delivery: { ...withoutLease(input.delivery), test: true, attempt: 0 },
	}));
	giveSetupHints(context, run);
	const report = await sendOnce(inputs, onceOptions(context, run));
	const ended = back.filter(({ delivery }) => isEnded(delivery));
	if (ended.length < back.length) {
		context.addExecutionHints({
			message: `${back.length - ended.length} items came back to be sent again. A test run sends once; retries need the published workflow.`,
			location: 'outputPane',
		});
	}
	try {
		const nodeStore = await storeOf(context);
		const { store } = nodeStore;
		if (run.retries === 'queue') giveStoreHint(context, nodeStore);
		const endpoints = new Map(inputs.map((input) => [input.index, input.endpoint]));
		await store.write(
			async (unit) =>
				await noteTestRun(
					unit,
					report.results.map((r) => ({
						delivery: r.delivery,
						endpoint: endpoints.get(r.index) ?? '',
					})),
				),
		);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		context.addExecutionHints({
			message: `The test is not in the delivery log: ${message}`,
			location: 'outputPane',
		});
	}
	const results = [...report.results, ...ended.map(asEnded)];
	return { ...NOTHING, ...report, results };
}

const cameBack = ({ delivery }: SenderInput) =>
	delivery.test === true && delivery.status !== 'pending';

const asEnded = ({ index, delivery }: SenderInput): SenderResult => ({
	index,
	kind: delivery.status === 'dead' ? 'dead' : 'delivered',
	delivery,
});

function split<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
	return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

/** The workflow waits for retries: only what a trigger of this package emitted is in the store. */
async function sendStateless(context: IExecuteFunctions, run: SenderRun): Promise<SenderReport> {
	refuseEarly(context, run.inputs);
	const leased = run.inputs.filter((input) => input.delivery.lease !== undefined);
	const free = run.inputs.filter((input) => input.delivery.lease === undefined);
	const ended = free.filter(({ delivery }) => isEnded(delivery));
	const once = await sendOnce(
		free.filter(({ delivery }) => !isEnded(delivery)),
		onceOptions(context, run),
	);
	const stored =
		leased.length > 0 ? await sendStored(context, { ...run, inputs: leased }) : NOTHING;
	return {
		...stored,
		results: [
			...once.results,
			...stored.results,
			...ended.map(
				({ index, delivery }): SenderResult => ({
					index,
					kind: 'passed',
					delivery,
					hint: 'already ended',
				}),
			),
		],
		stopped: once.stopped + stored.stopped,
		configurationErrors: [
			...new Set([...once.configurationErrors, ...(stored.configurationErrors ?? [])]),
		],
	};
}

const isEnded = ({ status }: Delivery) => status === 'delivered' || status === 'dead';

function refuseEarly(context: IExecuteFunctions, inputs: readonly SenderInput[]): void {
	const now = Date.now();
	const early = inputs.find(
		({ delivery }) =>
			delivery.status === 'retrying' && Date.parse(delivery.nextAttemptAt ?? '') > now + 1_000,
	);
	if (!early) return;
	throw new NodeOperationError(context.getNode(), 'A retry came back before it is due', {
		itemIndex: early.index,
		description:
			'Put a Wait node between the Retry output and the input of this node: Resume "At Specified Time", Date and Time ={{ $json.delivery.nextAttemptAt }}. Or set Retries to "Automatic" and add a Delivery Queue Trigger.',
	});
}

function onceOptions(context: IExecuteFunctions, run: SenderRun) {
	return {
		channel: run.channel,
		policyOf: run.policyOf,
		concurrency: run.concurrency,
		limiter: limiterOf(run),
		signal: endSignal(context),
		random: Math.random,
		now: Date.now,
	};
}

async function sendStored(context: IExecuteFunctions, run: SenderRun): Promise<SenderReport> {
	const node = context.getNode();
	const workflowId = context.getWorkflow().id;
	let nodeStore: NodeStore;
	try {
		nodeStore = await storeOf(context);
	} catch (error) {
		throw storeProblem(node, error);
	}
	const { store, settings } = nodeStore;
	await takeSeat(node, store, { queue: run.queue, role: run.role, workflowId: workflowId ?? '' });
	if (run.retries === 'queue') await assertServed(node, store, run.queue);
	const feed = await run.feedOf?.(store);
	const scope = `${workflowId}/${node.id}`;
	const now = store.now();
	return await send(run.inputs, {
		store,
		clock: systemClock,
		queue: run.queue,
		workflowId,
		executionId: context.getExecutionId(),
		channel: run.channel,
		policyOf: run.policyOf,
		concurrency: run.concurrency,
		limiter: limiterOf(run),
		signal: endSignal(context),
		random: Math.random,
		gates: gatesOf(store, run),
		digestBodies: settings.digestBodies,
		holdRetries: run.retries === 'output',
		...(run.credentialName === undefined ? {} : { credentialName: run.credentialName }),
		...(run.lookOf ? { beforeAttempt: run.lookOf(store) } : {}),
		...(feed ? { feed } : {}),
		...(run.onResult ? { onResult: run.onResult } : {}),
		deduplicationOf: ({ deduplicationKey }) =>
			deduplicationKey === undefined
				? undefined
				: { scope, key: deduplicationKey, expiresAt: now + run.deduplicationMs },
	});
}

/** One for a queue and its settings in this process, so that executions at once share it. */
function gatesOf(store: DeliveryStore, run: SenderRun): EndpointGates {
	const all = oncePerProcess('endpointGates', () => new Map<string, EndpointGates>());
	const key = [store.boot, run.queue, run.breaker, run.timeScale].join('/');
	let gates = all.get(key);
	if (!gates) {
		const { pauseMs, longestPauseMs, configurationPauseMs, longestConfigurationPauseMs } =
			GATE_DEFAULTS;
		gates = new EndpointGates(run.breaker, {
			...GATE_DEFAULTS,
			pauseMs: pauseMs * run.timeScale,
			longestPauseMs: longestPauseMs * run.timeScale,
			configurationPauseMs: configurationPauseMs * run.timeScale,
			longestConfigurationPauseMs: longestConfigurationPauseMs * run.timeScale,
		});
		all.set(key, gates);
	}
	return gates;
}

function limiterOf(run: SenderRun): RateLimiter {
	const all = oncePerProcess('rateLimiters', () => new Map<string, RateLimiter>());
	const key = `${run.queue}/${run.role}/${run.requestsPerSecond}`;
	let limiter = all.get(key);
	if (!limiter) {
		limiter = createRateLimiter({ requestsPerSecond: run.requestsPerSecond, clock: systemClock });
		all.set(key, limiter);
	}
	return limiter;
}

function withoutLease(delivery: Delivery): Delivery {
	const { lease: _lease, ...rest } = delivery;
	return rest;
}
