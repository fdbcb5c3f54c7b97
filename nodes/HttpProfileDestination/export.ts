import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';
import type { JobFeed, SenderInput } from '../../lib/delivery/senderTypes';
import {
	composeProfiles,
	exportOptionsOf,
	feedProfiles,
	openDestination,
	previewMappings,
	previewProfiles,
	profileKeyHint,
	splitDelivery,
	toInput,
	type Destination,
	type ExportOptions,
	type RecordedMappings,
	type TakenProfiles,
} from '../../lib/profiles';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { queueConsumer } from '../../lib/store/lines';
import { httpSenderOf, type HttpSender } from '../shared/httpSender';
import { literalOrigins } from '../shared/literalOrigins';
import { sendRun, type SenderRun } from '../shared/runSender';
import { giveHints } from '../shared/senderOutputs';
import { storeOf, storeProblem } from '../shared/stores';
import { startBackfills } from './automaticBackfill';
import { sortItems, type ProfileItems } from './profileItems';
import { Results } from './results';
import { readSettings } from './settings';

interface Export {
	context: IExecuteFunctions;
	destination: Destination;
	items: ProfileItems;
	results: Results;
}

/** Exports the profiles in the input, and sends the deliveries that come back from the queue. */
export async function exportProfiles(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const options = context.getNodeParameter('options', 0, {}) as IDataObject;
	const sender = await httpSenderOf(context, {
		options,
		literalOrigins: literalOrigins(context.getNode().parameters.endpoint),
		retryPolicy: 'httpApiDestination',
	});
	const destination = readSettings(context, sender, options);
	const items = itemsOf(context, destination);
	const mode = modeOf(context, sender, destination);
	const results = new Results(context, destination, {
		keepBody: options.keepBody === true,
		masked: sender.retries === 'queue',
		split: mode === 'stored',
	});
	const job: Export = { context, destination, items, results };
	const run = await runOf(job, sender, mode);
	const report = await sendRun(context, run);
	for (const result of [...report.results, ...items.invalid, ...items.foreign]) results.add(result);
	await splitTooLarge(job);
	tellHints(job);
	giveHints(context, { ...report, results: results.unusual });
	return results.toOutputs();
}

/** `test`: a run in the editor, of which nothing is stored; `stateless`: the workflow waits for retries. */
type Mode = 'stored' | 'stateless' | 'test';

/** @throws NodeOperationError when the fields do not go together */
function modeOf(
	context: IExecuteFunctions,
	{ retries }: HttpSender,
	{ settings }: Destination,
): Mode {
	if (retries === 'output' && (settings.input !== 'always' || settings.order)) {
		throw new NodeOperationError(
			context.getNode(),
			'Retries cannot be routed to the Retry output here',
			{
				description:
					'What is known of a profile moves with its delivery, so the delivery has to be in the store. Set Retries to "Automatic (Delivery Queue Trigger)", or Input to "Always Export" and switch Keep Order off: then nothing has to be remembered.',
			},
		);
	}
	if (context.getMode() === 'manual') return 'test';
	return retries === 'output' ? 'stateless' : 'stored';
}

function itemsOf(context: IExecuteFunctions, { settings }: Destination): ProfileItems {
	const text = (name: string, otherwise = '') =>
		String(context.getNodeParameter(name, 0, otherwise) ?? '');
	return sortItems(context, {
		profile: text('profileField'),
		...(settings.input === 'events' ? { changed: text('changedField', 'changed') } : {}),
	});
}

async function runOf(job: Export, sender: HttpSender, mode: Mode): Promise<SenderRun> {
	const { items, results } = job;
	const run: SenderRun = {
		...sender,
		inputs: items.inputs,
		invalid: [],
		role: 'sender:profile',
		deduplicationMs: 0,
	};
	if (mode === 'stored') {
		return {
			...run,
			feedOf: async (store) => await feedOf(job, store),
			onResult: (result) => results.add(result),
		};
	}
	const made = mode === 'test' ? await preview(job) : await compose(job);
	return { ...run, inputs: [...items.inputs, ...made] };
}

/** What brings the profiles to the sender. */
async function feedOf(job: Export, store: DeliveryStore): Promise<JobFeed | undefined> {
	const { context, destination, items, results } = job;
	// Retries come in small executions, which have to be fast.
	const recorded =
		items.count > 0
			? await openDestination(store, destination.id, destination.mappings, destination)
			: undefined;
	const backfill = await startBackfills(context, store, destination, recorded);
	if (!recorded) return undefined;
	const executionId = context.getExecutionId();
	const options = exportOptionsOf(destination, recorded, { executionId, backfill });
	return feedProfiles(store, items.profiles(), options, (taken) => results.take(taken));
}

/** For a test run: what would be exported by what is stored. */
async function preview(job: Export): Promise<SenderInput[]> {
	const { context, destination, items } = job;
	if (items.count === 0) return [];
	const store = await openStore(context);
	const { id, mappings } = destination;
	const recorded = await store.read(
		async (unit) => await previewMappings(unit, id, mappings.audiences),
	);
	const options = exportOptionsOf(destination, recorded, { backfill: isAutomatic(context) });
	return await gather(job, previewProfiles(store, items.profiles(), options));
}

/** Without a store, unless the payload tells since when audiences are mapped. */
async function compose(job: Export): Promise<SenderInput[]> {
	const { context, destination, items } = job;
	if (items.count === 0) return [];
	const recorded: RecordedMappings = destination.settings.payload.includeTimestamps
		? await openDestination(await openStore(context), destination.id, destination.mappings)
		: { times: new Map(), revision: 0, added: [], awaitingBackfill: [] };
	const options: ExportOptions = exportOptionsOf(destination, recorded, {});
	const alone = { ...options, input: 'always', order: false } as const;
	return await gather(job, composeProfiles(items.profiles(), alone, Date.now));
}

async function gather(
	{ results }: Export,
	parts: AsyncIterable<TakenProfiles>,
): Promise<SenderInput[]> {
	const inputs: SenderInput[] = [];
	for await (const taken of parts) {
		results.take(taken);
		for (const one of taken.deliveries) inputs.push(toInput(one));
	}
	return inputs;
}

async function openStore(context: IExecuteFunctions): Promise<DeliveryStore> {
	try {
		return (await storeOf(context)).store;
	} catch (error) {
		throw storeProblem(context.getNode(), error);
	}
}

export const isAutomatic = (context: IExecuteFunctions) =>
	context.getNodeParameter('backfillAutomatically', 0, false) === true;

/** Cuts what the receiver found too large in two; the queue sends the parts. */
async function splitTooLarge({ context, destination, results }: Export): Promise<void> {
	if (results.tooLarge.length === 0) return;
	const store = await openStore(context);
	for (const result of results.tooLarge) {
		const { id } = result.delivery;
		const into = await store
			.write(async (unit) => await splitDelivery(unit, id))
			.catch((error: unknown) => {
				// It stays a dead letter, and its profiles owe an export.
				context.logger.warn(`${context.getNode().name}: ${String(error)}`);
				return undefined;
			});
		results.addSplit(result, into);
		if (into) store.wake(queueConsumer(destination.settings.queue), into.length);
	}
}

function tellHints({ context, destination, items }: Export): void {
	const hint = (message: string) =>
		context.addExecutionHints({ message, type: 'info', location: 'outputPane' });
	const { key, mappings } = destination;
	const aboutKey = key && items.count > 0 ? profileKeyHint(key, mappings) : undefined;
	if (aboutKey !== undefined) hint(aboutKey);
	if (
		items.count > 0 &&
		mappings.audiences.length === 0 &&
		destination.settings.input !== 'always'
	) {
		hint('No audience is mapped, so that nothing is exported: add one under Mapped Audiences');
	}
	if (items.foreign.length > 0) {
		hint(
			`${items.foreign.length} deliveries are no exports of profiles and were left alone: connect HTTP Delivery for them, with a queue of its own`,
		);
	}
	if (context.getMode() === 'manual' && items.count > 0) {
		hint(
			'A test run sends once and remembers nothing: the same profiles are exported again in production',
		);
	}
}
