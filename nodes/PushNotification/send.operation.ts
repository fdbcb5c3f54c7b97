import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import type { Delivery } from '../../lib/delivery/delivery';
import { scheduleSpanMs } from '../../lib/delivery/policy';
import type { RetryPolicy } from '../../lib/delivery/presets';
import { AGE_BEYOND_SCHEDULE_MS } from '../../lib/delivery/sender';
import type { SenderInput } from '../../lib/delivery/senderTypes';
import {
	createPushChannel,
	followDeliveries,
	noTokenKeeper,
	previewPushes,
	purgePushRecords,
	pushFeed,
	pushLook,
	storedTokenKeeper,
	type Followed,
	type TakeOptions,
	type TokenKeeper,
} from '../../lib/push';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { getDispatcher } from '../../lib/transport/dispatcher';
import { createEgressGuard } from '../../lib/transport/egressGuard';
import { hasExpression, itemReader, numberOption } from '../shared/parameters';
import { oncePerProcess } from '../shared/processScope';
import { queueNameOf } from '../shared/queue';
import { sendRun, type SenderRun } from '../shared/runSender';
import { giveHints } from '../shared/senderOutputs';
import { readPolicy, timeScaleOf, type PolicyFields } from '../shared/senderSettings';
import { storeOf, storeProblem } from '../shared/stores';
import { readConfiguration, type Sending } from './configuration';
import { sortItems, type PushItems } from './requests';
import { Results } from './results';

/** As many as APNs is sent at once over its connections. */
const MOST_CONCURRENT = 500;
const HOUR = 3_600_000;
/** What is told of single notifications is kept as long as dead letters are by default. */
const RECORDS_MS = 30 * 24 * HOUR;

/** Sends a message to the devices of its targets, and the notifications that come back from the queue. */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const options = context.getNodeParameter('options', 0, {}) as IDataObject;
	const base = settingsOf(context, options);
	const sending = await readConfiguration(context, base.concurrency);
	const items = sortItems(context);
	const take = takeOptionsOf(context, options, base, sending);
	const results = new Results(context, take.messageId, base.retries === 'queue');
	const run = await runOf(context, { base, sending, items, take, results });
	const report = await sendRun(context, run);
	for (const result of [...report.results, ...items.invalid, ...items.foreign]) results.add(result);
	const followed = await follow(context, base, results.ids);
	tellHints(context, items);
	giveHints(context, { ...report, results: results.unusual });
	return results.toOutputs(followed);
}

type Base = Omit<SenderRun, 'inputs' | 'invalid' | 'channel' | 'policyOf'> & {
	policyOf: (delivery: Pick<Delivery, 'kind'>) => RetryPolicy;
};

function settingsOf(context: IExecuteFunctions, options: IDataObject): Base {
	const node = context.getNode();
	const timeScale = timeScaleOf(process.env);
	const number = (name: string, label: string, otherwise: number) =>
		numberOption(node, options, [name, label], otherwise);
	const timeoutSeconds = number('timeoutSeconds', 'Timeout (Seconds)', 0);
	const concurrency = number('concurrency', 'Concurrency', MOST_CONCURRENT);
	return {
		role: 'sender:push',
		queue: queueNameOf(node, context.getWorkflow().id, options.queue),
		retries: context.getNodeParameter('retries', 0, 'queue') as SenderRun['retries'],
		policyOf: readPolicy(
			node,
			context.getNodeParameter('retryPolicy', 0, 'exponential') as string,
			context.getNodeParameter('retrySettings', 0, {}) as PolicyFields,
			timeoutSeconds > 0 ? timeoutSeconds : undefined,
			timeScale,
		),
		concurrency: Math.min(MOST_CONCURRENT, Math.max(1, concurrency)),
		requestsPerSecond: Math.max(0, number('requestsPerSecond', 'Requests per Second', 0)),
		breaker: options.breaker !== false,
		timeScale,
		deduplicationMs: number('deduplicationHours', 'Deduplication Window (Hours)', 168) * HOUR,
		lookOf: pushLook,
	};
}

function takeOptionsOf(
	context: IExecuteFunctions,
	options: IDataObject,
	base: Base,
	{ configuration }: Sending,
): TakeOptions {
	const node = context.getNode();
	const workflowId = context.getWorkflow().id;
	const name = String(context.getNodeParameter('messageId', 0, '') ?? '').trim() || node.name;
	const policy = base.policyOf({ kind: 'push' });
	const key = itemReader(context, 'options.deduplicationKey', '');
	const isDeduplicated = hasExpression(node.parameters.options) || options.deduplicationKey;
	const expiresAt = Date.now() + base.deduplicationMs;
	return {
		configuration,
		messageId: name,
		messageName: name,
		queue: base.queue,
		expiresAt: Date.now() + scheduleSpanMs(policy) + AGE_BEYOND_SCHEDULE_MS,
		...(workflowId === undefined ? {} : { workflowId }),
		executionId: context.getExecutionId(),
		...(isDeduplicated
			? {
					deduplicationOf: (index: number) => {
						const named = String(key(index) ?? '');
						const scope = `${workflowId}/${node.id}`;
						return named === '' ? undefined : { scope, key: named, expiresAt };
					},
				}
			: {}),
	};
}

interface Job {
	base: Base;
	sending: Sending;
	items: PushItems;
	take: TakeOptions;
	results: Results;
}

async function runOf(
	context: IExecuteFunctions,
	{ base, sending, items, take, results }: Job,
): Promise<SenderRun> {
	const isTest = context.getMode() === 'manual';
	const channel = createPushChannel({
		configuration: sending.configuration,
		connections: sending.apns?.connections,
		dispatcher:
			sending.fcm?.dispatcher ??
			getDispatcher({ guard: createEgressGuard({ allowedHosts: [] }), connectionsPerOrigin: 1 }),
		clock: systemClock,
		keeper: isTest ? noTokenKeeper : lazyKeeper(context),
		defaultTimeoutMs: base.policyOf({ kind: 'push' }).timeoutMs,
	});
	const run: SenderRun = { ...base, channel, inputs: items.inputs, invalid: [] };
	const onTaken = results.take.bind(results);
	if (!isTest && base.retries === 'queue') {
		if (items.requests.length === 0) return run;
		return {
			...run,
			feedOf: async (store) => pushFeed(store, items.requests, take, onTaken),
		};
	}
	// Tokens alone need no store, which may not even be there.
	const needsStore = items.requests.some(({ target }) => target.profileKey !== undefined);
	const store = needsStore ? await openStore(context) : undefined;
	const taken = await previewPushes(store, items.requests, take, Date.now());
	onTaken(taken);
	const made = taken.deliveries.map(
		({ index, delivery, endpoint }): SenderInput => ({ index, delivery, endpoint }),
	);
	return { ...run, inputs: [...items.inputs, ...made] };
}

/** The store is opened by whoever needs it first. */
function lazyKeeper(context: IExecuteFunctions): TokenKeeper {
	const keeper = async () => storedTokenKeeper((await storeOf(context)).store);
	return {
		factsOf: async (delivery) => await (await keeper()).factsOf(delivery),
		forget: async (delivery, why) => await (await keeper()).forget(delivery, why),
	};
}

async function openStore(context: IExecuteFunctions): Promise<DeliveryStore> {
	try {
		return (await storeOf(context)).store;
	} catch (error) {
		throw storeProblem(context.getNode(), error);
	}
}

/** Notes how the notifications fared. What cannot be noted now, a report finds later. */
async function follow(
	context: IExecuteFunctions,
	{ retries }: Base,
	ids: readonly string[],
): Promise<ReadonlyMap<string, Followed>> {
	if (context.getMode() === 'manual' || retries === 'output') return new Map();
	try {
		const { store } = await storeOf(context);
		const followed = await followDeliveries(store, ids);
		await purgeSometimes(store);
		return followed;
	} catch (error) {
		context.logger.warn(`${context.getNode().name}: ${(error as Error).message}`);
		return new Map();
	}
}

async function purgeSometimes(store: DeliveryStore): Promise<void> {
	const last = oncePerProcess('pushPurges', () => new Map<string, number>());
	const now = store.now();
	if (now - (last.get(store.boot) ?? 0) < HOUR) return;
	last.set(store.boot, now);
	await purgePushRecords(store, now - RECORDS_MS);
}

function tellHints(context: IExecuteFunctions, { foreign, requests }: PushItems): void {
	const hint = (message: string) =>
		context.addExecutionHints({ message, type: 'info', location: 'outputPane' });
	if (foreign.length > 0) {
		hint(
			`${foreign.length} deliveries are no push notifications and were left alone: connect HTTP Delivery for them, with a queue of its own`,
		);
	}
	if (context.getMode() === 'manual' && requests.length > 0) {
		hint('A test run sends once and remembers nothing: tokens stay, and reports do not count it');
	}
}
