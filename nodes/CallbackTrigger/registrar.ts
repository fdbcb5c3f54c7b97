import {
	register,
	unregister,
	type RegistrationOutcome,
} from '../../lib/callbacks/registrations/register';
import {
	findRegistration,
	forgetRegistration,
	noteRegistered,
	noteUrl,
	type Registration,
} from '../../lib/callbacks/registrations/store';
import type { ReactorClient } from '../../lib/callbacks/reactor/client';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { callbackSecrets } from '../shared/callbackStore';
import { oncePerProcess } from '../shared/processScope';
import { reactorServiceOf, type RemoteClient } from '../shared/reactorClients';
import { storeOf, type StoreContext } from '../shared/stores';
import type { TriggerSettings } from './settings';

const turns = () => oncePerProcess('callbackRegistrations', () => new Map<string, Promise<void>>());

/** One at a time for a registration: n8n activates a node's webhook and its trigger at once. */
async function inTurn<T>(registration: string, work: () => Promise<T>): Promise<T> {
	const before = turns().get(registration) ?? Promise.resolve();
	const done = before.then(work);
	const over = done.then(
		() => undefined,
		() => undefined,
	);
	turns().set(registration, over);
	try {
		return await done;
	} finally {
		if (turns().get(registration) === over) turns().delete(registration);
	}
}

/** Notes where a trigger takes events, so that it can register without being asked by n8n. */
export async function rememberUrl(
	store: DeliveryStore,
	registration: string,
	url: string,
): Promise<void> {
	await store.write(async (unit) => await noteUrl(unit, registration, url));
}

/**
 * Sees to it that the service sends a trigger's events to it.
 * @returns what had to be done; undefined where no URL is known yet
 * @throws ReactorError, AuthenticationError, HostPatternError, StoreSetupError
 */
export async function keepRegistered(
	context: StoreContext,
	registration: string,
	settings: TriggerSettings,
): Promise<RegistrationOutcome | undefined> {
	return await inTurn(registration, async () => {
		const { store } = await storeOf(context);
		const known = await store.read(async (unit) => await findRegistration(unit, registration));
		if (!known) return undefined;
		const remote = await clientOf(context, settings);
		return await registerAt(remote, store, registration, settings, known);
	});
}

async function registerAt(
	{ client, baseUrl }: RemoteClient,
	store: DeliveryStore,
	registration: string,
	settings: TriggerSettings,
	{ url, at, secret }: Registration,
): Promise<RegistrationOutcome> {
	const { propertyId, subscriptions, check } = settings;
	const same = at?.service === baseUrl && at.propertyId === propertyId;
	// One that is at another property would go on sending.
	if (at && !same && at.service === baseUrl) await unregister(client, at.callbackId);
	const needs = check === 'registered';
	const wanted = { propertyId, url, subscriptions, needsSecret: needs && !(same && secret) };
	let outcome = await register(client, wanted, same ? at.callbackId : undefined);
	if (needs && outcome.secret === undefined && outcome.callbackId !== at?.callbackId) {
		// The secret that is known is that of the callback before.
		outcome = {
			...(await register(client, { ...wanted, needsSecret: true }, outcome.callbackId)),
			action: outcome.action,
		};
	}
	const { callbackId } = outcome;
	const kept = same && at.callbackId === callbackId ? secret : undefined;
	const sealed =
		outcome.secret === undefined ? kept : callbackSecrets().seal(outcome.secret, registration);
	const now = { service: baseUrl, propertyId, callbackId };
	if (same && at.callbackId === callbackId && sealed === secret) return outcome;
	await store.write(async (unit) => await noteRegistered(unit, registration, now, sealed));
	return outcome;
}

/** What ends a registration later, without the node that made it. */
export interface Removal {
	/** The service and the property. */
	target: string;
	callbackId: string;
	run(): Promise<void>;
}

/**
 * Prepares the end of a trigger's registration; undefined where there is none.
 * @throws as {@link keepRegistered}
 */
export async function prepareRemoval(
	context: StoreContext,
	registration: string,
	settings: TriggerSettings,
): Promise<Removal | undefined> {
	const { store } = await storeOf(context);
	const known = await store.read(async (unit) => await findRegistration(unit, registration));
	if (!known?.at) return undefined;
	const { service, propertyId, callbackId } = known.at;
	const { client } = await clientOf(context, settings);
	return {
		target: targetOf(service, propertyId),
		callbackId,
		run: async () =>
			await inTurn(registration, async () => {
				await unregister(client, callbackId);
				await forget(store, registration, callbackId);
			}),
	};
}

async function forget(
	store: DeliveryStore,
	registration: string,
	callbackId: string,
): Promise<void> {
	await store.write(async (unit) => {
		const now = await findRegistration(unit, registration);
		if (now?.at?.callbackId === callbackId) await forgetRegistration(unit, registration);
	});
}

/** Tells registrations apart between which nothing can be kept. */
export const targetOf = (service: string, propertyId: string) => `${service} ${propertyId}`;

/**
 * What a trigger's registration would be at now.
 * @throws as {@link keepRegistered}
 */
export async function currentTarget(
	context: StoreContext,
	settings: TriggerSettings,
): Promise<string> {
	return targetOf((await clientOf(context, settings)).baseUrl, settings.propertyId);
}

const clientOf = async (context: StoreContext, { service, options }: TriggerSettings) =>
	await reactorServiceOf(context, service, {
		writeForm: options.writeForm === 'openapi' ? 'openapi' : 'guide',
	});

/** The client of a trigger's service. */
export async function triggerClient(
	context: StoreContext,
	settings: TriggerSettings,
): Promise<ReactorClient> {
	return (await clientOf(context, settings)).client;
}

/** The secret with which a service signs, as it was told at registration; undefined where it was not. */
export async function registeredSecret(
	store: DeliveryStore,
	registration: string,
): Promise<string | undefined> {
	const known = await store.read(async (unit) => await findRegistration(unit, registration));
	return known?.secret === undefined
		? undefined
		: callbackSecrets().open(known.secret, registration);
}
