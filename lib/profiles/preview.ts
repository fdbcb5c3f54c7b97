import type { DeliveryStore } from '../store/deliveryStore';
import { ExportBodies } from './bodies';
import { makeDeliveries } from './deliveries';
import { Decider, type ProfileInput } from './exporter';
import type { PreparedProfile } from './facts';
import { KnownProfiles } from './knownProfiles';
import { loadKnown, preparedParts, Turn, type ExportOptions, type TakenProfiles } from './take';

/**
 * What `takeProfiles` would do, for a test run in the editor: decides by what is stored, and stores
 * nothing. A profile that is there twice is decided in order within a part only.
 * @throws what the store throws
 */
export async function* previewProfiles(
	store: DeliveryStore,
	inputs: Iterable<ProfileInput>,
	options: ExportOptions,
): AsyncGenerator<TakenProfiles, void, undefined> {
	yield* decideParts(inputs, options, {
		now: () => store.now(),
		load: async (prepared) =>
			await store.read(async (unit) => await loadKnown(unit, prepared, options)),
	});
}

/**
 * Exports without any store, where nothing has to be remembered: everything is always exported, without
 * order. The caller has what it gives alone, and sends it.
 * @param now UNIX milliseconds
 */
export async function* composeProfiles(
	inputs: Iterable<ProfileInput>,
	options: ExportOptions & { input: 'always'; order: false },
	now: () => number,
): AsyncGenerator<TakenProfiles, void, undefined> {
	yield* decideParts(inputs, options, { now, load: async () => new KnownProfiles() });
}

interface Means {
	now: () => number;
	load: (prepared: readonly PreparedProfile[]) => Promise<KnownProfiles>;
}

async function* decideParts(
	inputs: Iterable<ProfileInput>,
	options: ExportOptions,
	{ now, load }: Means,
): AsyncGenerator<TakenProfiles, void, undefined> {
	for await (const { prepared, invalid } of preparedParts(inputs, options)) {
		const known = await load(prepared);
		const decider = new Decider(known, options.mappings, { ...options, now: now() });
		const turn = new Turn();
		for (const one of prepared) {
			decider.decide(one);
			if (turn.isOver()) await turn.next();
		}
		const { exports, notExported } = decider.decided;
		const bodies = new ExportBodies(options.mapping, options.profilesPerRequest > 1);
		await bodies.map(bodies.missing(exports));
		const sent = exports.filter((one) => bodies.problemOf(one) === undefined);
		for (const one of exports) {
			const problem = bodies.problemOf(one);
			if (problem !== undefined) invalid.push({ index: one.index, problems: [problem] });
		}
		const made = makeDeliveries(sent, (one) => bodies.of(one), options);
		yield {
			deliveries: made.map((one, place) => ({ ...one, standing: 'ready', place })),
			notExported,
			invalid,
		};
	}
}
