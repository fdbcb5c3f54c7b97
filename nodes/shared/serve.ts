import { existsSync } from 'node:fs';
import {
	NodeOperationError,
	type IDataObject,
	type INode,
	type IRun,
	type ITriggerFunctions,
} from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import { Emitter, type EmissionEnd, type EmitterOptions } from '../../lib/delivery/emitter';
import type { Delivery } from '../../lib/delivery/delivery';
import { StoreSetupError } from '../../lib/store/errors';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { numberOption } from './parameters';
import { storeOf, storeProblem } from './stores';

export interface ServeOptions extends OpenOptions {
	consumer: string;
	batchSize: number;
	largestBatch?: EmitterOptions['largestBatch'];
	/** Executions at once, 4 unless told. */
	inFlight?: number;
	longestWaitMs: number;
	/** Hands deliveries to the workflow in another form than as they are. */
	emit?: (deliveries: Delivery[], store: DeliveryStore) => Promise<EmissionEnd>;
	/** Done at deactivation. */
	onClose?: (store: DeliveryStore) => Promise<void>;
	/** Whether this package is still installed; looked at each second. */
	isInstalled?: () => boolean;
}

export interface OpenOptions {
	/** Done each time the store was opened, before anything else. Throws NodeOperationError for the operator. */
	onOpen?: (store: DeliveryStore) => Promise<void>;
}

/** A store that is not there is tried again so often. */
const REOPEN_MS = 2_000;
const LONGEST_REOPEN_MS = 15_000;
const WATCH_MS = 1_000;

/** Emits a consumer's deliveries into the workflow until it is deactivated. See {@link whileActive}. */
export async function serve(
	context: ITriggerFunctions,
	options: ServeOptions,
): Promise<() => Promise<void>> {
	return await whileActive(context, {
		...options,
		run: async (store, stop) => await serveFrom(store, context, options, stop),
	});
}

export interface WhileActiveOptions extends OpenOptions {
	/** A trigger's work with its store; ends when it is told to stop or the store closes. */
	run: (store: DeliveryStore, stop: AbortSignal) => Promise<void>;
}

/**
 * Does a trigger's work until it is deactivated. What is not there at the start (a store in the hands of a
 * process that is just ending, a folder that cannot be written) is waited for here: an error thrown to n8n
 * would switch the trigger off for good. Publishing in the editor gets the error.
 */
export async function whileActive(
	context: ITriggerFunctions,
	options: WhileActiveOptions,
): Promise<() => Promise<void>> {
	const stopped = new AbortController();
	const published = ['activate', 'update'].includes(context.getActivationMode());
	let first: DeliveryStore | undefined;
	if (published) {
		try {
			first = await openFor(context, options);
		} catch (error) {
			throw storeProblem(context.getNode(), error);
		}
	}
	const running = keepServing(context, options, stopped.signal, first);
	return async () => {
		stopped.abort();
		await running;
	};
}

async function openFor(context: ITriggerFunctions, options: OpenOptions): Promise<DeliveryStore> {
	const { store } = await storeOf(context);
	await options.onOpen?.(store);
	return store;
}

async function keepServing(
	context: ITriggerFunctions,
	options: WhileActiveOptions,
	stop: AbortSignal,
	first: DeliveryStore | undefined,
): Promise<void> {
	let opened = first;
	let wait = REOPEN_MS;
	while (!stop.aborted) {
		try {
			opened ??= await openFor(context, options);
			wait = REOPEN_MS;
			await options.run(opened, stop);
			opened = undefined;
		} catch (error) {
			opened = undefined;
			context.logger.warn(
				`${nodeLabel(context.getNode())}: ${describe(error)} Trying again in ${wait / 1000} s.`,
			);
			await systemClock.sleep(wait, stop);
			wait = Math.min(LONGEST_REOPEN_MS, wait * 2);
		}
	}
}

async function serveFrom(
	store: DeliveryStore,
	context: ITriggerFunctions,
	options: ServeOptions,
	stop: AbortSignal,
): Promise<void> {
	const { isInstalled = thisFileIsThere } = options;
	const goesOn = () => !stop.aborted && !store.isClosed;
	const label = nodeLabel(context.getNode());
	while (goesOn()) {
		if (!isInstalled()) {
			// n8n lets triggers run on. Each batch would fail, and after three of them it is given up.
			context.logger.warn(
				`${label}: n8n-nodes-postback was removed. What is stored waits until it is installed again.`,
			);
			while (goesOn() && !isInstalled()) await systemClock.sleep(WATCH_MS, stop);
			continue;
		}
		const emitter = emitterFor(store, context, options);
		emitter.start();
		while (goesOn() && isInstalled()) await systemClock.sleep(WATCH_MS, stop);
		await emitter.stop();
	}
	if (stop.aborted && !store.isClosed) await options.onClose?.(store);
}

const thisFileIsThere = () => existsSync(__filename);

function emitterFor(
	store: DeliveryStore,
	context: ITriggerFunctions,
	options: ServeOptions,
): Emitter {
	return new Emitter({
		store,
		clock: systemClock,
		consumer: options.consumer,
		batchSize: options.batchSize,
		...(options.largestBatch === undefined ? {} : { largestBatch: options.largestBatch }),
		inFlight: options.inFlight,
		longestWaitMs: options.longestWaitMs,
		emit: async (deliveries) =>
			await (options.emit?.(deliveries, store) ?? emitDeliveries(context, deliveries)),
		onError: (error) => context.logger.error(`${nodeLabel(context.getNode())}: ${describe(error)}`),
	});
}

async function emitDeliveries(
	context: ITriggerFunctions,
	deliveries: Delivery[],
): Promise<EmissionEnd> {
	return await emitItems(
		context,
		deliveries.map((delivery) => ({ delivery }) as never),
	);
}

/** Starts an execution with a batch and tells how it ended, if n8n says. */
export async function emitItems(
	context: ITriggerFunctions,
	items: IDataObject[],
): Promise<EmissionEnd> {
	const done = context.helpers.createDeferredPromise<IRun>();
	context.emit([items.map((json) => ({ json }))], undefined, done);
	const { status } = await done.promise;
	if (status === 'success') return 'success';
	return status === 'waiting' ? 'waiting' : 'failed';
}

/** Unless told otherwise: n8n spends tens of milliseconds on an execution, whatever is in it. */
const BATCH = 500;
const LARGEST_BATCH = 2_000;

/**
 * How many deliveries go into an execution: as many as the option "Batch Size" says, else 500, and up to
 * 2,000 while more are waiting.
 * @throws NodeOperationError that names the field
 */
export function batchSizes(
	node: INode,
	options: IDataObject,
): Pick<ServeOptions, 'batchSize' | 'largestBatch'> {
	const chosen = numberOption(node, options, ['batchSize', 'Batch Size'], 0);
	if (chosen > 0) return { batchSize: Math.max(1, Math.floor(chosen)) };
	return { batchSize: BATCH, largestBatch: LARGEST_BATCH };
}

const nodeLabel = (node: INode) => `${node.name} (${node.type})`;

function describe(error: unknown): string {
	if (error instanceof StoreSetupError) return error.message;
	if (error instanceof NodeOperationError) return `${error.message}. ${error.description ?? ''}`;
	return error instanceof Error ? error.message : String(error);
}
