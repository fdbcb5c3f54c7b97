import { readChanges, type Changes } from './changes';
import { decide, type NotExportedReason, type Trigger } from './decision';
import { audiencesAfter, factsOf, type InputKind, type PreparedProfile } from './facts';
import type { KnownProfiles, Resolved } from './knownProfiles';
import { mappingKey, type Mappings } from './mappings';
import {
	composePayload,
	writeIdentityMap,
	type PayloadOptions,
	type PayloadParts,
} from './payload';
import { readProfile, type Profile } from './profile';
import type { ProfileKey } from './profileKey';
import { writeSnapshot } from './snapshot';
import {
	digestAttributes,
	digestOfIdentities,
	readState,
	writeState,
	type NextAudience,
} from './state';
import type { RecordedMappings } from './store/audiences';
import type { SavedProfile } from './store/states';

export interface ProfileInput {
	/** Its place in the node's input. */
	index: number;
	profile: unknown;
	/** What changed, where the input is events; see {@link readChanges}. */
	changed?: unknown;
}

export interface DecideOptions {
	input: InputKind;
	/** What tells profiles apart; needed unless everything is always exported and without order. */
	key?: ProfileKey;
	payload: PayloadOptions;
	recorded: Pick<RecordedMappings, 'times' | 'revision' | 'awaitingBackfill'>;
	/** Export who has qualified before an audience was mapped, when it comes in. */
	backfill?: boolean;
	/** Keep what a backfill from the store needs. */
	keepSnapshots: boolean;
	/** UNIX milliseconds. */
	now: number;
}

export interface InvalidProfile {
	index: number;
	problems: readonly string[];
}

/** A profile to be exported. */
export interface ProfileExport {
	index: number;
	/** The profile key; undefined where the destination uses none. */
	key: string | undefined;
	/** JSON. */
	payload: string;
	triggers: Trigger[];
	/** A line in which a delivery of this profile waits; this one has to stand behind it. */
	behind?: string;
}

export interface NotExported {
	index: number;
	key: string | undefined;
	reason: NotExportedReason;
}

export interface Decided {
	exports: ProfileExport[];
	notExported: NotExported[];
	/** States to be stored, by profile key. */
	nextStates: Map<string, SavedProfile>;
	/** Keys whose state became another one's. */
	moved: Set<string>;
	/** By how many the known profiles grow. */
	growth: number;
}

/**
 * Reads a profile and works out what does not depend on the stored state.
 * @returns the profile, or what is wrong with it
 */
export function prepareProfile(
	{ index, profile: value, changed }: ProfileInput,
	mappings: Mappings,
	{ input, key }: Pick<DecideOptions, 'input' | 'key'>,
): { prepared: PreparedProfile } | { invalid: InvalidProfile } {
	const reading = readProfile(value, key);
	if (!reading.ok) return { invalid: { index, problems: reading.problems } };
	const { profile } = reading;
	let changes: Changes | undefined;
	if (input === 'events') {
		const changesReading = readChanges(changed);
		if (!changesReading.ok) return { invalid: { index, problems: [changesReading.problem] } };
		({ changes } = changesReading);
	}
	const isKept = profile.keys.length > 0;
	return {
		prepared: {
			index,
			profile,
			changes,
			identity: isKept ? digestOfIdentities(profile.identities) : '',
			attributes: isKept ? digestAttributes(profile, mappings.attributes) : [],
		},
	};
}

/**
 * Decides which profiles are exported, with what payload, and what is to be remembered. Changes nothing
 * but what it is given as known: a profile that is there twice is decided in order.
 * @param known what is stored of these profiles; brought up to date
 */
export function decideBatch(
	profiles: Iterable<PreparedProfile>,
	known: KnownProfiles,
	mappings: Mappings,
	options: DecideOptions,
): Decided {
	const decider = new Decider(known, mappings, options);
	for (const prepared of profiles) decider.decide(prepared);
	return decider.decided;
}

/** {@link decideBatch}, one profile after the other. */
export class Decider {
	readonly decided: Decided = {
		exports: [],
		notExported: [],
		nextStates: new Map(),
		moved: new Set(),
		growth: 0,
	};
	private readonly context: Context;

	constructor(
		private readonly known: KnownProfiles,
		mappings: Mappings,
		options: DecideOptions,
	) {
		const { awaitingBackfill } = options.recorded;
		const awaiting = new Map(awaitingBackfill.map((one) => [mappingKey(one), one.revision]));
		this.context = { mappings, options, awaiting, decided: this.decided };
	}

	decide(prepared: PreparedProfile): void {
		decideOne(prepared, this.known, this.context);
	}
}

interface Context {
	mappings: Mappings;
	options: DecideOptions;
	/** Revision of the mapping, by {@link mappingKey}. */
	awaiting: ReadonlyMap<string, number>;
	decided: Decided;
}

function decideOne(prepared: PreparedProfile, known: KnownProfiles, context: Context): void {
	const { index, profile } = prepared;
	const { options, mappings, decided } = context;
	const byPath = options.key?.kind === 'path' ? prepared.identity : undefined;
	const resolved = known.resolve(profile, byPath);
	const { key, previous } = resolved;
	const audiences = audiencesAfter(prepared, previous, options.now);
	const decision = decide(factsOf(prepared, resolved, audiences, context));
	const parts = once(() => partsOf(profile, audiences, mappings));
	if (decision.export) {
		decided.exports.push({
			index,
			key,
			payload: composePayload(parts(), mappings, options.recorded.times, options.payload),
			triggers: decision.triggers,
			...(previous?.pending && previous.orderKey !== undefined
				? { behind: previous.orderKey }
				: {}),
		});
	} else decided.notExported.push({ index, key, reason: decision.reason });
	if (key === undefined || (audiences.length === 0 && !previous && !decision.export)) return;
	remember(
		prepared,
		{ ...resolved, key },
		{ audiences, exported: decision.export, parts },
		known,
		context,
	);
}

function once<T>(make: () => T): () => T {
	let made: { value: T } | undefined;
	return () => (made ??= { value: make() }).value;
}

function partsOf(
	{ source, identities }: Profile,
	audiences: readonly NextAudience[],
	{ tree }: Mappings,
): PayloadParts {
	return {
		attributes: JSON.stringify(tree.select(source) ?? {}),
		audiences,
		identityMap: writeIdentityMap(identities),
	};
}

interface Outcome {
	audiences: readonly NextAudience[];
	exported: boolean;
	parts: () => PayloadParts;
}

/** Notes what is to be stored, if it is not what is stored already. */
function remember(
	{ identity, attributes }: PreparedProfile,
	{ key, previous, moved }: Resolved & { key: string },
	{ audiences, exported, parts }: Outcome,
	known: KnownProfiles,
	{ mappings, options, decided }: Context,
): void {
	const text = writeState(audiences, mappings.attributes, attributes);
	const same = previous?.text === text && previous.identity === identity;
	if (same && !exported && moved.length === 0) return;
	const { deliveryId, deliveryPlace, orderKey, pending = false } = previous ?? {};
	const owed = exported ? undefined : previous?.owed;
	const exportedRevision = exported ? options.recorded.revision : (previous?.exportedRevision ?? 0);
	const last = { deliveryId, deliveryPlace, orderKey };
	if (!known.get(key)) decided.growth++;
	decided.growth -= moved.length;
	decided.nextStates.set(key, {
		key,
		text,
		identity,
		owed,
		exportedRevision,
		...last,
		snapshot: options.keepSnapshots ? writeSnapshot(parts()) : null,
	});
	for (const gone of moved) {
		decided.nextStates.delete(gone);
		decided.moved.add(gone);
	}
	decided.moved.delete(key);
	known.drop(moved);
	known.set({
		key,
		text,
		owed,
		exportedRevision,
		...last,
		pending,
		identity,
		// Read only where the profile is there twice.
		get state() {
			return readState(text);
		},
	});
}
