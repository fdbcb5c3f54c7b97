import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemClock } from '../../lib/clock';
import { Conditions } from '../../lib/callbacks/condition';
import { loadKeyMaterials } from '../../lib/callbacks/keyFile';
import { createSecretBox, type SecretBox } from '../../lib/callbacks/secretBox';
import { CallbackService } from '../../lib/callbacks/service';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { embeddedStorePath } from '../../lib/store/location';
import { createEgressGuard } from '../../lib/transport/egressGuard';
import { callbackStatesOf } from './callbackStates';
import { filtersOf } from './credentials';
import { oncePerProcess } from './processScope';
import type { StoreContext } from './stores';

const HOUR = 3600_000;

/** A secret that was replaced signs so long beside the new one, unless told otherwise. */
export const ROTATION_OVERLAP_MS = 24 * HOUR;

/** The compiled conditions of callbacks, one set for the process. */
export const callbackConditions = (): Conditions =>
	oncePerProcess(
		'callbackConditions',
		() => new Conditions({ clock: systemClock, random: Math.random }),
	);

/** n8n's encryption key, where it comes from the environment, as text or as a file. */
function keyOfN8n(env: NodeJS.ProcessEnv): string {
	const { N8N_ENCRYPTION_KEY: key, N8N_ENCRYPTION_KEY_FILE: file } = env;
	return (key || (file ? readFileSync(file, 'utf8') : '')).trim();
}

/** What seals the secrets of callbacks: with n8n's key, or with that of a file beside the store. */
export function callbackSecrets(): SecretBox {
	return oncePerProcess('callbackSecrets', () => {
		const facts = { env: process.env, argv: process.argv, cwd: process.cwd() };
		const encryptionKey = keyOfN8n(process.env);
		const materials = loadKeyMaterials({
			...(encryptionKey ? { encryptionKey } : {}),
			folder: dirname(embeddedStorePath(facts)),
			randomBytes,
		});
		return createSecretBox(materials, randomBytes);
	});
}

export interface CallbackRules {
	/** http:// URLs beside https:// ones. */
	allowHttp: boolean;
	/** Private hosts that callbacks may lead to. */
	allowedHosts: readonly string[];
	rotationOverlapMs?: number;
	/** Everything is done, answered and undone: a test run. */
	dryRun?: boolean;
}

/**
 * The callbacks of a store, under the rules of a node.
 * @throws HostPatternError when an allowed host cannot be read
 */
export function callbackServiceOf(
	context: StoreContext,
	store: DeliveryStore,
	{ allowHttp, allowedHosts, rotationOverlapMs = ROTATION_OVERLAP_MS, dryRun }: CallbackRules,
): CallbackService {
	const guard = createEgressGuard({ allowedHosts, ...filtersOf(context) });
	return new CallbackService({
		store,
		secrets: callbackSecrets(),
		conditions: callbackConditions(),
		rules: { allowHttp, checkUrl: async (url) => await guard.check(url) },
		rotationOverlapMs,
		randomBytes,
		onChange: (id) => callbackStatesOf(store).forget(id),
		...(dryRun ? { dryRun } : {}),
	});
}
