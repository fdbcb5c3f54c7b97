import type { CallbackResource } from '../jsonApi';
import type { CallbackAnswer, ReactorClient } from '../reactor/client';
import { isReactorError, ReactorError } from '../reactor/errors';

/** What is to be registered. */
export interface WantedCallback {
	propertyId: string;
	url: string;
	subscriptions: readonly string[];
	/** A signing secret is needed and none is known: the service is asked for one. */
	needsSecret: boolean;
}

export interface RegistrationOutcome {
	callbackId: string;
	/** `kept`: it was there and as wanted. */
	action: 'kept' | 'updated' | 'adopted' | 'created';
	/** Told by the service this once. */
	secret?: string;
}

/**
 * Brings a service to send a property's events to a URL: the callback that is known is kept or brought
 * into step, else one with the URL is adopted, else one is made. Done again it changes nothing.
 * @param knownId the callback of an earlier time
 * @throws ReactorError
 */
export async function register(
	client: ReactorClient,
	wanted: WantedCallback,
	knownId?: string,
): Promise<RegistrationOutcome> {
	const known = knownId === undefined ? undefined : await lookUp(client, knownId);
	if (known && (propertyOf(known) ?? wanted.propertyId) === wanted.propertyId) {
		return await bringIntoStep(client, known, wanted, 'kept');
	}
	const found = await findByUrl(client, wanted);
	if (found) return await bringIntoStep(client, found, wanted, 'adopted');
	const { url, subscriptions, needsSecret, propertyId } = wanted;
	const meta = needsSecret ? { secret: true } : undefined;
	const answer = await client.createCallback(propertyId, { url, subscriptions }, meta);
	return { callbackId: answer.data.id, action: 'created', ...secretOf(answer, needsSecret) };
}

/** Ends a registration; one that is gone already is none to end. */
export async function unregister(client: ReactorClient, callbackId: string): Promise<void> {
	try {
		await client.deleteCallback(callbackId);
	} catch (error) {
		if (!isReactorError(error, 'notFound')) throw error;
	}
}

async function lookUp(client: ReactorClient, id: string): Promise<CallbackResource | undefined> {
	try {
		return await client.getCallback(id);
	} catch (error) {
		if (isReactorError(error, 'notFound')) return undefined;
		throw error;
	}
}

/** A URL holds the id of its webhook, so that a callback with it is this trigger's. */
async function findByUrl(
	client: ReactorClient,
	{ propertyId, url, subscriptions }: WantedCallback,
): Promise<CallbackResource | undefined> {
	const all = await client.listCallbacks(propertyId);
	const own = all.filter((callback) => callback.attributes?.url === url);
	return own.find((callback) => holdsAll(callback, subscriptions)) ?? own[0];
}

async function bringIntoStep(
	client: ReactorClient,
	callback: CallbackResource,
	{ url, subscriptions, needsSecret }: WantedCallback,
	inStep: 'kept' | 'adopted',
): Promise<RegistrationOutcome> {
	const { id: callbackId, attributes } = callback;
	const changes = {
		...(attributes?.url === url ? {} : { url }),
		...(holdsAll(callback, subscriptions) ? {} : { subscriptions }),
		// A service that gave it up after failures is told that it may send again.
		...(attributes?.disabled_at ? { disabled_at: null } : {}),
	};
	if (Object.keys(changes).length === 0 && !needsSecret) return { callbackId, action: inStep };
	const meta = needsSecret ? { rotate_secret: true } : undefined;
	const answer = await client.updateCallback(callbackId, changes, meta);
	const action = inStep === 'adopted' ? 'adopted' : 'updated';
	return { callbackId, action, ...secretOf(answer, needsSecret) };
}

/** Whether these are its subscriptions, in whatever order. */
function holdsAll({ attributes }: CallbackResource, subscriptions: readonly string[]): boolean {
	const own = new Set(Array.isArray(attributes?.subscriptions) ? attributes.subscriptions : []);
	return own.size === new Set(subscriptions).size && subscriptions.every((one) => own.has(one));
}

const propertyOf = ({ relationships }: CallbackResource): string | undefined => {
	const { data } = relationships?.property ?? {};
	return data && !Array.isArray(data) ? data.id : undefined;
};

function secretOf({ meta, data }: CallbackAnswer, needsSecret: boolean): { secret?: string } {
	if (typeof meta?.secret === 'string') return { secret: meta.secret };
	if (!needsSecret) return {};
	throw new ReactorError(
		`The service made no signing secret for the callback ${data.id}: it may not give any, or be none that signs, such as Adobe's. Choose another way under Check Events`,
		{ kind: 'refused' },
	);
}
