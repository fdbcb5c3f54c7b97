import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { NodeOperationError, type IDataObject, type INode, type Logger } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { StoreSetupError } from '../../lib/store/errors';
import { embeddedStorePath, isQueueMode } from '../../lib/store/location';
import { openEmbeddedStore, type EmbeddedStoreOptions } from '../../lib/store/openEmbedded';
import { openPostgresStore } from '../../lib/store/openPostgres';
import { DEFAULT_RETENTION, type Retention } from '../../lib/store/retention';
import { isAlive } from './processes';
import { oncePerProcess } from './processScope';
import {
	postgresOf,
	readSettings,
	type StoreCredential,
	type StoreSettings,
} from './storeCredential';
import { storeMigrations } from './storeMigrations';
import { embeddedStoreWarning } from './storePlace';

export type { StoreSettings };

export const STORE_CREDENTIAL = 'deliveryStoreApi';

/** What every node context has of what a store needs. */
export interface StoreContext {
	getNode(): INode;
	getCredentials<T extends object = IDataObject>(type: string): Promise<T>;
	logger: Logger;
}

export interface NodeStore {
	store: DeliveryStore;
	settings: StoreSettings;
	/** It is a file of this machine. */
	isEmbedded: boolean;
}

interface OpenStore {
	opening: Promise<DeliveryStore>;
	retention: Retention;
}

const openStores = () => oncePerProcess('stores', () => new Map<string, OpenStore>());

/**
 * The store of a node: the one of its credential, or the embedded one.
 * @throws StoreSetupError when it cannot be used as it is set up
 */
export async function storeOf(context: StoreContext): Promise<NodeStore> {
	const chosen = context.getNode().credentials?.[STORE_CREDENTIAL] !== undefined;
	const credential = chosen ? await context.getCredentials<StoreCredential>(STORE_CREDENTIAL) : {};
	const settings = readSettings(credential);
	// Nodes without a credential leave the retention that another has chosen.
	const retention = chosen ? settings.retention : undefined;
	const place = placeOf(credential);
	const logger = context.logger;
	const { isEmbedded } = place;
	return { store: await open(place, retention, logger), settings, isEmbedded };
}

/** A store that can be opened, and what tells it from others. */
interface Place {
	key: string;
	open: (means: Means) => Promise<DeliveryStore>;
	/** It is a file of this machine. */
	isEmbedded: boolean;
}

type Means = Pick<
	EmbeddedStoreOptions,
	'clock' | 'random' | 'newId' | 'migrations' | 'retention' | 'events'
>;

function placeOf(credential: StoreCredential): Place {
	const settings = postgresOf(credential);
	const facts = { env: process.env, argv: process.argv, cwd: process.cwd() };
	if (settings) {
		const content = JSON.stringify(Object.entries(settings).sort());
		return {
			// All of the content: whoever knows only where it is must not use another's way in.
			key: `postgres ${createHash('sha256').update(content).digest('hex')}`,
			open: async (means) =>
				await openPostgresStore({ ...means, settings, applicationName: APPLICATION }),
			isEmbedded: false,
		};
	}
	if (isQueueMode(facts)) {
		throw new StoreSetupError(
			'QUEUE_MODE',
			'n8n runs in queue mode, where several processes would share one file. Choose PostgreSQL in the Delivery Store credential of this node.',
		);
	}
	const path = embeddedStorePath(facts);
	const self = { pid: process.pid, host: hostname(), isAlive };
	return {
		key: path,
		open: async (means) => await openEmbeddedStore({ ...means, path, process: self }),
		isEmbedded: true,
	};
}

const APPLICATION = 'n8n-nodes-postback';

async function open(
	place: Place,
	retention: Retention | undefined,
	logger: Logger,
): Promise<DeliveryStore> {
	const stores = openStores();
	const known = stores.get(place.key);
	if (known) {
		Object.assign(known.retention, retention);
		const store = await known.opening;
		if (!store.isClosed) return store;
		// Of several who found it closed only the first opens it again.
		if (stores.get(place.key) === known) stores.delete(place.key);
		return await open(place, retention, logger);
	}
	const kept = { ...DEFAULT_RETENTION, ...retention };
	const opening = place.open({
		clock: systemClock,
		random: Math.random,
		newId: randomUUID,
		migrations: storeMigrations,
		retention: kept,
		events: {
			onDeadLettersGoing: ({ count, firstGoesAt }) =>
				logger.warn(
					`Delivery store: ${count} dead letters will be removed from ${new Date(firstGoesAt).toISOString()} on. Replay or export them before, or keep dead letters longer in the Delivery Store credential.`,
				),
			onError: (error) =>
				logger.error(`Delivery store: ${error instanceof Error ? error.message : String(error)}`),
		},
	});
	stores.set(place.key, { opening, retention: kept });
	// A store that could not be opened is tried anew by whoever asks next.
	opening.catch(() => stores.delete(place.key));
	const store = await opening;
	const warning = place.isEmbedded ? embeddedStoreWarning() : undefined;
	if (warning !== undefined) logger.warn(warning);
	return store;
}

/** Turns what a store says about its set-up into an error that n8n shows with its mend. */
export function storeProblem(node: INode, error: unknown): NodeOperationError {
	if (error instanceof NodeOperationError) return error;
	const message = error instanceof Error ? error.message : String(error);
	// n8n shows only the message of an error at publication, not its description.
	return new NodeOperationError(node, `The delivery store cannot be used: ${message}`);
}
