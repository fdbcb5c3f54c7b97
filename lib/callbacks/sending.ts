import type { Channel, Outcome } from '../delivery/channel';
import type { Delivery } from '../delivery/delivery';
import { endpointOf } from '../delivery/endpoint';
import type { Look, LookBefore } from '../delivery/look';
import { createSigner, type Signer } from '../delivery/signature';
import { CALLBACK_SOURCE } from './deliveries';
import type { SecretBox } from './secretBox';
import { changeOf, DELETED, DISABLED, endRetries } from './service';
import { findCallback, updateCallback, type CallbackRecord } from './store/callbacks';
import { CHANGES_CONSUMER, noteChange } from './store/changes';
import type { CallbackState, CallbackStates } from './store/states';

/** The callback that a delivery is for; undefined when it is for none. */
export function callbackOf({ kind, source }: Delivery): string | undefined {
	return kind === 'callback' && source?.type === CALLBACK_SOURCE ? source.id : undefined;
}

const SEND: Look = { send: true };

/**
 * The look before an attempt: what is for a callback that was deleted or disabled ends, and what is for one
 * that moved goes to its new URL.
 */
export function callbackLook(states: CallbackStates): LookBefore {
	return (delivery) => {
		const id = callbackOf(delivery);
		if (id === undefined) return SEND;
		const state = states.get(id);
		return state instanceof Promise
			? state.then((known) => lookAt(delivery, known))
			: lookAt(delivery, state);
	};
}

function lookAt({ request }: Delivery, state: CallbackState): Look {
	if (state.kind === 'unknown') return SEND;
	if (state.kind === 'deleted') return { send: false, reason: DELETED };
	const { url, disabledAt } = state.record;
	if (disabledAt !== undefined) return { send: false, reason: DISABLED };
	if (url === request.url) return SEND;
	return { send: true, changed: { request: { ...request, url }, endpoint: endpointOf(url) } };
}

/**
 * Gives the signer of a delivery from the secrets of its callback: the current one, and after a rotation
 * the one before until its time is up. undefined where there is none.
 * @param box gives the box when it is first needed
 */
export function callbackSigners(
	states: CallbackStates,
	box: () => SecretBox,
): (delivery: Delivery) => Promise<Signer | undefined> | undefined {
	const signers = new Map<string, { sealed: string; signer: Signer }>();
	const signerOf = (state: CallbackState): Signer | undefined => {
		if (state.kind !== 'known' || state.record.secret === undefined) return undefined;
		const { id } = state.record;
		const sealed = sealedSecrets(state.record, states.store.now());
		const seen = signers.get(id);
		if (seen?.sealed === sealed.join()) return seen.signer;
		const signer = createSigner(sealed.map((secret) => box().open(secret, id)));
		if (signers.size >= MOST_SIGNERS) signers.clear();
		signers.set(id, { sealed: sealed.join(), signer });
		return signer;
	};
	return (delivery) => {
		const id = callbackOf(delivery);
		if (id === undefined) return undefined;
		return Promise.resolve(states.get(id)).then(signerOf);
	};
}

const MOST_SIGNERS = 10_000;

function sealedSecrets(record: CallbackRecord, now: number): string[] {
	const { secret, previousSecret, previousUntil = 0 } = record;
	const current = secret === undefined ? [] : [secret];
	return previousSecret !== undefined && previousUntil > now
		? [...current, previousSecret]
		: current;
}

export interface WatchOptions {
	/** Gives the states when they are needed; undefined where there is no store. */
	statesOf: () => Promise<CallbackStates | undefined>;
	/** Whether an outcome means that the message was taken. */
	succeeded: (delivery: Delivery, outcome: Outcome) => boolean;
	/** Gives so many bytes. */
	randomBytes: (count: number) => Buffer;
	onError: (error: unknown) => void;
}

/**
 * A channel that notes how callbacks do: since when one fails, and, where the operator wants it, that it is
 * disabled after failing for too long or at `410 Gone`.
 */
export function watchCallbacks(channel: Channel, options: WatchOptions): Channel {
	return {
		async attempt(delivery, signal) {
			const outcome = await channel.attempt(delivery, signal);
			const id = callbackOf(delivery);
			if (id !== undefined && !outcome.cancelled && !delivery.test) {
				// What came of the attempt counts, whatever becomes of the note.
				await note(id, delivery, outcome, options).catch(options.onError);
			}
			return outcome;
		},
	};
}

async function note(
	id: string,
	delivery: Delivery,
	outcome: Outcome,
	options: WatchOptions,
): Promise<void> {
	const { statesOf, succeeded } = options;
	const states = await statesOf();
	const state = await states?.get(id);
	if (!states || state?.kind !== 'known' || state.record.disabledAt !== undefined) return;
	const { failingSince } = state.record;
	if (succeeded(delivery, outcome)) {
		if (failingSince !== undefined) await setFailing(id, null, states);
		return;
	}
	const reason = disablingReason(state, outcome, states.store.now());
	if (reason !== undefined) await disable(id, reason, states, options);
	else if (failingSince === undefined) await setFailing(id, states.store.now(), states);
}

const DAY = 24 * 3600_000;

function disablingReason(
	{ record, disabling }: Extract<CallbackState, { kind: 'known' }>,
	outcome: Outcome,
	now: number,
): string | undefined {
	const { afterMs, onGone } = disabling;
	if (onGone && outcome.statusCode === 410) return 'the receiver answered 410 Gone';
	const failingMs = record.failingSince === undefined ? 0 : now - record.failingSince;
	if (afterMs === undefined || failingMs <= afterMs) return undefined;
	return `nothing was delivered for ${Math.round((failingMs / DAY) * 10) / 10} days`;
}

async function setFailing(
	id: string,
	failingSince: number | null,
	states: CallbackStates,
): Promise<void> {
	await states.store.write(
		async (unit) => await updateCallback(unit, id, { failingSince }, { touch: false }),
	);
	states.forget(id);
}

async function disable(
	id: string,
	disabledReason: string,
	states: CallbackStates,
	{ randomBytes }: WatchOptions,
): Promise<void> {
	const { store } = states;
	await store.write(async (unit) => {
		// Others may have failed at the same time.
		if ((await findCallback(unit, id, true))?.disabledAt !== undefined) return;
		const disabledAt = new Date(unit.now).toISOString();
		const record = await updateCallback(unit, id, { disabledAt, disabledReason });
		if (record) await noteChange(unit, changeOf('disabled', record, randomBytes));
	});
	states.forget(id);
	store.wake(CHANGES_CONSUMER, 1);
	await endRetries(store, id, DISABLED);
}
