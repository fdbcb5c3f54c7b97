import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { NodeOperationError, type IDataObject, type INode, type Logger } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import { registrationMigrations } from '../../lib/callbacks/registrations/migrations';
import { callbackMigrations } from '../../lib/callbacks/store/migrations';
import { postbackMigrations } from '../../lib/postbacks/store/migrations';
import { profileMigrations } from '../../lib/profiles/store/migrations';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { StoreSetupError } from '../../lib/store/errors';
import { embeddedStorePath, isQueueMode } from '../../lib/store/location';
import { pushMigrations } from '../../lib/push/store/migrations';
import { deliveriesMigration } from '../../lib/store/migrations/0001-deliveries';
import { openEmbeddedStore } from '../../lib/store/openEmbedded';
import { DEFAULT_RETENTION, type Retention } from '../../lib/store/retention';
import { oncePerProcess } from './processScope';

export const STORE_CREDENTIAL = 'deliveryStoreApi';

/** What every node context has of what a store needs. */
export interface StoreContext {
	getNode(): INode;
	getCredentials<T extends object = IDataObject>(type: string): Promise<T>;
	logger: Logger;
}

/** The store as its credential describes it. */
export interface StoreSettings {
	/** Intake answers 503 from this size on; undefined: no limit. */
	maxBytes?: number;
	/** Keep only a digest of a body once it is delivered. */
	digestBodies: boolean;
	retention: Retention;
}

export interface NodeStore {
	store: DeliveryStore;
	settings: StoreSettings;
}

interface StoreCredential {
	database?: string;
	maxSizeMb?: number;
	deliveredDays?: number;
	deadDays?: number;
	digestBodies?: boolean;
}

const DAY = 24 * 3600_000;

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
	const facts = { env: process.env, argv: process.argv, cwd: process.cwd() };
	if (isQueueMode(facts)) {
		throw new StoreSetupError(
			'QUEUE_MODE',
			'n8n runs in queue mode, where several processes would share one file. Choose PostgreSQL in the Delivery Store credential of this node.',
		);
	}
	return {
		store: await open(embeddedStorePath(facts), retention, context.logger),
		settings,
	};
}

function readSettings(credential: StoreCredential): StoreSettings {
	const days = (value: number | undefined, otherwise: number) =>
		value === undefined || !(value > 0) ? otherwise : value * DAY;
	return {
		...(credential.maxSizeMb ? { maxBytes: credential.maxSizeMb * 1024 * 1024 } : {}),
		digestBodies: credential.digestBodies === true,
		retention: {
			deliveredMs: days(credential.deliveredDays, DEFAULT_RETENTION.deliveredMs),
			deadMs: days(credential.deadDays, DEFAULT_RETENTION.deadMs),
			warnMs: DEFAULT_RETENTION.warnMs,
		},
	};
}

async function open(
	path: string,
	retention: Retention | undefined,
	logger: Logger,
): Promise<DeliveryStore> {
	const stores = openStores();
	const known = stores.get(path);
	if (known) {
		Object.assign(known.retention, retention);
		const store = await known.opening;
		if (!store.isClosed) return store;
		// Of several who found it closed only the first opens it again.
		if (stores.get(path) === known) stores.delete(path);
		return await open(path, retention, logger);
	}
	const kept = { ...DEFAULT_RETENTION, ...retention };
	const opening = openEmbeddedStore({
		path,
		clock: systemClock,
		random: Math.random,
		newId: randomUUID,
		process: { pid: process.pid, host: hostname(), isAlive },
		migrations: {
			'0001-deliveries': deliveriesMigration,
			...postbackMigrations,
			...profileMigrations,
			...callbackMigrations,
			...registrationMigrations,
			...pushMigrations,
		},
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
	stores.set(path, { opening, retention: kept });
	// A store that could not be opened is tried anew by whoever asks next.
	opening.catch(() => stores.delete(path));
	return await opening;
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		// Not ours to signal is alive too.
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

/** Turns what a store says about its set-up into an error that n8n shows with its mend. */
export function storeProblem(node: INode, error: unknown): NodeOperationError {
	if (error instanceof NodeOperationError) return error;
	const message = error instanceof Error ? error.message : String(error);
	// n8n shows only the message of an error at publication, not its description.
	return new NodeOperationError(node, `The delivery store cannot be used: ${message}`);
}
