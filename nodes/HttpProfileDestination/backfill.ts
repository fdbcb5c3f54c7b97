import { randomUUID } from 'node:crypto';
import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type INodeExecutionData,
	type INodeListSearchResult,
	type INodePropertyOptions,
} from 'n8n-workflow';
import {
	backfillsOf,
	beginBackfill,
	endBackfill,
	latestBackfill,
	listDestinations,
	mappedAudiences,
	type Backfill,
	type BackfillAudience,
	type DestinationSettings,
	type StoredDestination,
} from '../../lib/profiles';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { resumeBackfills } from '../shared/backfills';
import { assertServed } from '../shared/queue';
import { storeOf, storeProblem, type StoreContext } from '../shared/stores';
import { destinationId } from './settings';

/** Starts a backfill, shows how far it is, or cancels it. Gives one item, and waits for nothing. */
export async function backfill(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const store = await openStore(context);
	const action = context.getNodeParameter('backfillAction', 0, 'start');
	const destination = await chosenDestination(context, store);
	const done =
		action === 'start'
			? await start(context, store, destination)
			: action === 'cancel'
				? await cancel(store, destination)
				: await latest(store, destination);
	const json: IDataObject = { destination: destination.name, backfill: told(done) };
	return [[{ json, pairedItem: { item: 0 } }]];
}

async function start(
	context: IExecuteFunctions,
	store: DeliveryStore,
	destination: StoredDestination,
): Promise<Backfill | undefined> {
	const { queue } = JSON.parse(destination.settings) as DestinationSettings;
	await assertServed(context.getNode(), store, queue);
	const audiences = await chosenAudiences(context, store, destination);
	const running = await latest(store, destination);
	if (audiences.length === 0 && running?.status !== 'running') {
		context.addExecutionHints({
			message: 'No mapped audience awaits a backfill: everyone was exported already',
			type: 'info',
			location: 'outputPane',
		});
		return running;
	}
	if (audiences.length > 0) {
		const wanted = { id: randomUUID(), destination: destination.id, audiences, settings: '' };
		await store.write(async (unit) => await beginBackfill(unit, wanted));
	}
	await resumeBackfills(store, context.logger, { destination: destination.id });
	return await latest(store, destination);
}

async function cancel(
	store: DeliveryStore,
	destination: StoredDestination,
): Promise<Backfill | undefined> {
	await store.write(async (unit) => {
		const running = await backfillsOf(unit, destination.id, 'running');
		for (const { id } of running) await endBackfill(unit, id, 'cancelled');
	});
	return await latest(store, destination);
}

const latest = async (store: DeliveryStore, { id }: StoredDestination) =>
	await store.read(async (unit) => await latestBackfill(unit, id));

/** @throws NodeOperationError that says which destinations there are */
async function chosenDestination(
	context: IExecuteFunctions,
	store: DeliveryStore,
): Promise<StoredDestination> {
	const chosen = String(
		context.getNodeParameter('destination', 0, '', { extractValue: true }) ?? '',
	).trim();
	const all = await store.read(async (unit) => await listDestinations(unit));
	const { id: workflowId } = context.getWorkflow();
	const own = destinationId(workflowId, context.getNode().id);
	const here = all.filter(({ id }) => id.startsWith(`${workflowId ?? 'unsaved'}/`));
	const found =
		chosen === ''
			? (here.find(({ id }) => id === own) ?? (here.length === 1 ? here[0] : undefined))
			: all.find(({ id }) => id === chosen);
	if (found) return found;
	const names = here.map(({ name }) => `"${name}"`).join(', ');
	throw new NodeOperationError(
		context.getNode(),
		chosen === '' && here.length > 1
			? `Destination: this workflow has several (${names}), so choose one of them`
			: 'Destination: it has not exported anything yet',
		{
			description:
				'A destination is known from its first execution in production on. Publish the workflow and let a profile come in, or choose another destination.',
		},
	);
}

async function chosenAudiences(
	context: IExecuteFunctions,
	store: DeliveryStore,
	{ id }: StoredDestination,
): Promise<BackfillAudience[]> {
	const given = context.getNodeParameter('backfillAudiences', 0, []) as unknown;
	const chosen = (Array.isArray(given) ? given : [given]).map(String).filter((one) => one !== '');
	const mapped = await store.read(async (unit) => await mappedAudiences(unit, id));
	if (chosen.length === 0) return mapped.filter(({ isBackfilled }) => !isBackfilled);
	const unknown = chosen.filter((one) => !mapped.some((audience) => isNamed(audience, one)));
	if (unknown.length > 0) {
		throw new NodeOperationError(
			context.getNode(),
			`Audiences: ${unknown.map((one) => `"${one}"`).join(', ')} is not mapped`,
			{
				description:
					'Map it in the node that exports, let that run once, and choose it here by its ID.',
			},
		);
	}
	return mapped.filter((audience) => chosen.some((one) => isNamed(audience, one)));
}

const isNamed = ({ id, namespace }: BackfillAudience, chosen: string) =>
	chosen === id || chosen === `${namespace}/${id}`;

const iso = (at: number) => new Date(at).toISOString();

function told(backfill: Backfill | undefined): IDataObject {
	if (!backfill) return { status: 'none' };
	const { id, status, audiences, total, lookedAt, exported, withoutSnapshot } = backfill;
	const { startedAt, updatedAt } = backfill;
	const all = Math.max(total, lookedAt);
	return {
		id,
		status,
		audiences: audiences.map(({ id: audience, namespace, name }) => ({
			id: audience,
			...(namespace === undefined ? {} : { namespace }),
			...(name === undefined ? {} : { name }),
		})),
		percent: status === 'done' || all === 0 ? 100 : Math.floor((lookedAt / all) * 100),
		profiles: all,
		lookedAt,
		exported,
		withoutSnapshot,
		startedAt: iso(startedAt),
		updatedAt: iso(updatedAt),
	};
}

async function openStore(context: IExecuteFunctions): Promise<DeliveryStore> {
	try {
		return (await storeOf(context)).store;
	} catch (error) {
		throw storeProblem(context.getNode(), error);
	}
}

const forEditor = async (context: ILoadOptionsFunctions): Promise<DeliveryStore> =>
	(await storeOf(context as unknown as StoreContext)).store;

/** The list of destinations in the editor. */
export async function searchDestinations(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const store = await forEditor(this);
	const all = await store.read(async (unit) => await listDestinations(unit));
	const wanted = filter.toLowerCase();
	const results = all
		.filter(({ name, id }) => `${name} ${id}`.toLowerCase().includes(wanted))
		.map(({ name, id }) => ({ name: `${name} (${id.split('/')[0]})`, value: id }));
	return { results };
}

/** The list of a destination's audiences in the editor. */
export async function getAudiences(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const store = await forEditor(this);
	const chosen = this.getCurrentNodeParameter('destination', { extractValue: true });
	const id =
		typeof chosen === 'string' && chosen !== ''
			? chosen
			: destinationId(this.getWorkflow().id, this.getNode().id);
	const mapped = await store.read(async (unit) => await mappedAudiences(unit, id));
	return mapped.map(({ id: audience, namespace, name, isBackfilled }) => ({
		name: name ?? audience,
		value: namespace === undefined ? audience : `${namespace}/${audience}`,
		description: isBackfilled ? 'Backfilled already' : 'Awaits its backfill',
	}));
}
