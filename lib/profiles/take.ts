import type { DeliveryStore } from '../store/deliveryStore';
import { insertDeliveries } from '../store/insert';
import { renewLease } from '../store/leases';
import { queueConsumer } from '../store/lines';
import type { Unit } from '../store/unit';
import { ExportBodies } from './bodies';
import { makeDeliveries, type DeliverySettings, type ExportDelivery } from './deliveries';
import {
	Decider,
	prepareProfile,
	type DecideOptions,
	type Decided,
	type InvalidProfile,
	type NotExported,
	type ProfileInput,
} from './exporter';
import type { PreparedProfile } from './facts';
import { KnownProfiles } from './knownProfiles';
import type { Mappings } from './mappings';
import type { PayloadMapping } from './payload';
import { holdDestination } from './store/hold';
import {
	countProfiles,
	dropStates,
	loadStates,
	loadStatesByIdentity,
	saveStates,
	type StoredProfile,
} from './store/states';

/** Everything that exporting for a destination needs. */
export interface ExportOptions
	extends Omit<DecideOptions, 'now' | 'recorded'>,
		Omit<DeliverySettings, 'expiresAt'> {
	mappings: Mappings;
	recorded: DecideOptions['recorded'];
	/** Makes another payload of the documented one. */
	mapping?: PayloadMapping;
	/** Milliseconds after which a delivery is given up; undefined: its sender decides. */
	maxAgeMs?: number;
}

/** A delivery that was made of profiles. */
export interface TakenDelivery extends ExportDelivery {
	/** `held`: an older one of its profile goes first; `superseded`: a newer one takes its place. */
	standing: 'ready' | 'held' | 'superseded';
	/** In the lease. */
	place: number;
}

/** What became of some profiles. Indexes are those of the input. */
export interface TakenProfiles {
	/** Stored, to be sent by the holder of the lease, or by the queue where there is none. */
	deliveries: TakenDelivery[];
	notExported: NotExported[];
	/** Profiles of which nothing was stored, since they are none or cannot be mapped. */
	invalid: InvalidProfile[];
}

/** Profiles of one transaction. */
const LARGEST_CHUNK = 250;
/** Reading and deciding is cut so often, so that others get their turn. */
const TURN_MS = 5;

/** A stretch of work after which others get their turn. */
export class Turn {
	private ends = performance.now() + TURN_MS;

	isOver(): boolean {
		return performance.now() > this.ends;
	}

	async next(): Promise<void> {
		await new Promise((resolve) => setImmediate(resolve));
		this.ends = performance.now() + TURN_MS;
	}
}

/** A sender's lease under which deliveries are stored, and the next place in it. */
export interface TakeLease {
	readonly id: string;
	place: number;
}

/**
 * Takes profiles in: decides which are exported, and stores their deliveries and states in one
 * transaction for each part of at most {@link LARGEST_CHUNK}. A profile that is there twice is taken in
 * order. Gives the parts as they are on disk.
 * @param lease under which the deliveries are stored, at the places that come next; undefined: the queue
 * has them
 * @throws what the store throws, and when the lease is lost; what was stored by then stays
 */
export async function* takeProfiles(
	store: DeliveryStore,
	inputs: Iterable<ProfileInput>,
	options: ExportOptions,
	lease?: TakeLease,
): AsyncGenerator<TakenProfiles, void, undefined> {
	for await (const part of preparedParts(inputs, options)) {
		const taken = await takePart(store, part.prepared, options, lease);
		if (lease === undefined && taken.deliveries.length > 0) {
			store.wake(queueConsumer(options.queue), taken.deliveries.length);
		}
		taken.invalid.unshift(...part.invalid);
		yield taken;
	}
}

/** Profiles that were read together. */
export interface Part {
	prepared: PreparedProfile[];
	invalid: InvalidProfile[];
}

/** Reads the input in parts, giving others their turn. */
export async function* preparedParts(
	inputs: Iterable<ProfileInput>,
	options: ExportOptions,
): AsyncGenerator<Part, void, undefined> {
	let part: Part = { prepared: [], invalid: [] };
	const turn = new Turn();
	for (const input of inputs) {
		const one = prepareProfile(input, options.mappings, options);
		if ('prepared' in one) part.prepared.push(one.prepared);
		else part.invalid.push(one.invalid);
		if (part.prepared.length + part.invalid.length >= LARGEST_CHUNK) {
			yield part;
			part = { prepared: [], invalid: [] };
			await turn.next();
		} else if (turn.isOver()) await turn.next();
	}
	if (part.prepared.length + part.invalid.length > 0) yield part;
}

async function takePart(
	store: DeliveryStore,
	prepared: readonly PreparedProfile[],
	options: ExportOptions,
	lease: TakeLease | undefined,
): Promise<TakenProfiles> {
	const bodies = new ExportBodies(options.mapping, options.profilesPerRequest > 1);
	const failed = new Map<number, string>();
	for (;;) {
		const rest = prepared.filter(({ index }) => !failed.has(index));
		const result = await store.write(
			async (unit) => await takeOnce(unit, rest, options, bodies, lease),
		);
		if ('missing' in result) await bodies.map(result.missing);
		else if ('problems' in result) for (const [i, p] of result.problems) failed.set(i, p);
		else {
			const invalid = [...failed].map(([index, problem]) => ({ index, problems: [problem] }));
			return { ...result, invalid };
		}
	}
}

type Taken = Omit<TakenProfiles, 'invalid'>;

/** Writes nothing when a body has to be made first or cannot be made: then that comes back. */
async function takeOnce(
	unit: Unit,
	prepared: readonly PreparedProfile[],
	options: ExportOptions,
	bodies: ExportBodies,
	lease: TakeLease | undefined,
): Promise<Taken | { missing: string[] } | { problems: [number, string][] }> {
	await holdDestination(unit, options.destination);
	if (lease !== undefined && !(await renewLease(unit, lease.id))) {
		throw new Error(
			'The store took too long to take the profiles in; what it has is left to the queue',
		);
	}
	const known = await loadKnown(unit, prepared, options);
	const decider = new Decider(known, options.mappings, { ...options, now: unit.now });
	const turn = new Turn();
	for (const one of prepared) {
		decider.decide(one);
		if (turn.isOver()) await turn.next();
	}
	await turn.next();
	const { decided } = decider;
	const missing = bodies.missing(decided.exports);
	if (missing.length > 0) return { missing };
	const problems = decided.exports.flatMap((one): [number, string][] => {
		const problem = bodies.problemOf(one);
		return problem === undefined ? [] : [[one.index, problem]];
	});
	if (problems.length > 0) return { problems };
	const made = makeDeliveries(decided.exports, (one) => bodies.of(one), {
		...options,
		...(options.maxAgeMs === undefined ? {} : { expiresAt: unit.now + options.maxAgeMs }),
	});
	return { ...(await storeDecided(unit, decided, made, options, lease)) };
}

/** What is stored of profiles, under any key that they may have. */
export async function loadKnown(
	unit: Unit,
	prepared: readonly PreparedProfile[],
	{ destination, key }: Pick<ExportOptions, 'destination' | 'key'>,
): Promise<KnownProfiles> {
	const keys = prepared.flatMap(({ profile }) => profile.keys);
	const stored = await loadStates(unit, destination, keys);
	if (key?.kind !== 'path') return new KnownProfiles(stored);
	const found = new Set(stored.map((profile) => profile.key));
	const others = prepared.filter(({ profile }) => !profile.keys.some((one) => found.has(one)));
	const byIdentity = await loadStatesByIdentity(
		unit,
		destination,
		others.map(({ identity }) => identity),
	);
	return new KnownProfiles([...byIdentity, ...stored]);
}

async function storeDecided(
	unit: Unit,
	{ nextStates, moved, growth, notExported }: Decided,
	made: readonly ExportDelivery[],
	{ destination }: ExportOptions,
	lease: TakeLease | undefined,
): Promise<Taken> {
	const last = lastDeliveries(made);
	const states = [...nextStates.values()].map((state) => ({ ...state, ...last.get(state.key) }));
	await dropStates(unit, destination, [...moved]);
	await saveStates(unit, destination, states);
	await countProfiles(unit, destination, growth);
	const first = lease?.place ?? 0;
	const rows = made.map(({ delivery }, at) =>
		lease === undefined ? delivery : { ...delivery, lease: { id: lease.id, place: first + at } },
	);
	const { held, superseded } = await insertDeliveries(unit, rows);
	if (lease) lease.place += made.length;
	return {
		deliveries: made.map((one, at) => {
			const { id } = one.delivery;
			const standing = superseded.has(id) ? 'superseded' : held.has(id) ? 'held' : 'ready';
			return { ...one, standing, place: first + at };
		}),
		notExported,
	};
}

type LastDelivery = Pick<StoredProfile, 'deliveryId' | 'deliveryPlace' | 'orderKey'>;

/** Which delivery tells of a profile, by its key: of several the last. */
export function lastDeliveries(made: readonly ExportDelivery[]): Map<string, LastDelivery> {
	const last = new Map<string, LastDelivery>();
	for (const { delivery, exports } of made) {
		const { id: deliveryId, orderKey } = delivery;
		exports.forEach(({ key }, deliveryPlace) => {
			if (key !== undefined) last.set(key, { deliveryId, deliveryPlace, orderKey });
		});
	}
	return last;
}
