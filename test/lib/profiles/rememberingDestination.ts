import {
	decideBatch,
	prepareProfile,
	type DecideOptions,
	type Decided,
	type ProfileInput,
} from '../../../lib/profiles/exporter';
import type { InputKind } from '../../../lib/profiles/facts';
import { KnownProfiles } from '../../../lib/profiles/knownProfiles';
import { readProfileKey } from '../../../lib/profiles/profileKey';
import { readState } from '../../../lib/profiles/state';
import type { StoredProfile } from '../../../lib/profiles/store/states';
import { mapped, NOW, profileOf } from './make';

/** A destination that remembers what it decided, as the store does. */
export class Destination {
	private stored = new Map<string, StoredProfile>();
	now = NOW;
	mappings = mapped(['x', 'x2'], ['person.name']);
	recorded: DecideOptions['recorded'] = { times: new Map(), revision: 1, awaitingBackfill: [] };

	constructor(
		private readonly input: InputKind = 'snapshots',
		private readonly key = 'ecid',
		private readonly options: Partial<DecideOptions> = {},
	) {}

	take(...profiles: (unknown | { profile: unknown; changed: unknown })[]): Decided {
		const reading = readProfileKey(this.key);
		if (!reading.ok) throw new Error(reading.problem);
		const settings = { input: this.input, key: reading.key };
		const prepared = profiles.map((given, index) => {
			const isEvent = typeof given === 'object' && given !== null && 'changed' in given;
			const input = { index, ...(isEvent ? given : { profile: given }) } as ProfileInput;
			const read = prepareProfile(input, this.mappings, settings);
			if ('invalid' in read) throw new Error(read.invalid.problems.join('\n'));
			return read.prepared;
		});
		const decided = decideBatch(prepared, new KnownProfiles(this.stored.values()), this.mappings, {
			...settings,
			payload: {},
			recorded: this.recorded,
			keepSnapshots: true,
			now: this.now,
			...this.options,
		});
		for (const key of decided.moved) this.stored.delete(key);
		for (const [key, saved] of decided.nextStates) {
			const { snapshot: _snapshot, ...rest } = saved;
			this.stored.set(key, { ...rest, state: readState(saved.text), pending: false });
		}
		return decided;
	}

	/** What is said of each of the profiles, in short. */
	tell(...profiles: unknown[]): string[] {
		const { exports, notExported } = this.take(...profiles);
		const told: string[] = [];
		for (const { index, triggers } of exports) {
			told[index] = triggers
				.map((t) => ('from' in t ? `${t.from}→${t.to}` : 'path' in t ? t.path : t.kind))
				.join(' ');
		}
		for (const { index, reason } of notExported) told[index] = `– ${reason}`;
		return told;
	}

	change(key: string, change: Partial<StoredProfile>): void {
		this.stored.set(key, { ...(this.stored.get(key) as StoredProfile), ...change });
	}

	get keys(): string[] {
		return [...this.stored.keys()];
	}
}

/** The profile `ann` with memberships in `ups`, a name and further identities. */
export const ann = (memberships: Record<string, string>, name?: string, ids?: object) =>
	profileOf('ann', memberships, name === undefined ? {} : { person: { name } }, ids as never);

/** The memberships of the last export. */
export const exportedMemberships = ({ exports }: Decided) =>
	(
		JSON.parse(exports.at(-1)?.payload ?? '{}') as {
			segmentMembership: { ups: Record<string, { status: string; lastQualificationTime: string }> };
		}
	).segmentMembership.ups;
