import type { Profile } from './profile';
import { mergeStates } from './state';
import type { StoredProfile } from './store/states';

/** Which stored profile an input is, and which ones became it. */
export interface Resolved {
	key: string | undefined;
	/** What is known of it, under whatever key. */
	previous: StoredProfile | undefined;
	/** Keys whose state moves to this one. */
	moved: string[];
}

/** The stored profiles of a batch, kept up to date while the batch is decided. */
export class KnownProfiles {
	private readonly byKey = new Map<string, StoredProfile>();
	private readonly keyOfIdentity = new Map<string, string>();

	constructor(profiles: Iterable<StoredProfile> = []) {
		for (const profile of profiles) this.set(profile);
	}

	get(key: string): StoredProfile | undefined {
		return this.byKey.get(key);
	}

	set(profile: StoredProfile): void {
		this.byKey.set(profile.key, profile);
		this.keyOfIdentity.set(profile.identity, profile.key);
	}

	/**
	 * Finds a profile's key and what is known of it. Of several identities of the key's namespace a primary
	 * one is the key, else the first that is known, else the first. What is known under the others is the
	 * same profile (identities that stand in one map are linked) and becomes it. Where a path is the key,
	 * the same identity map under another value is the same profile.
	 * @param identity the digest of the identity map, where a path is the key
	 */
	resolve({ keys, keyIsCertain }: Profile, identity: string | undefined): Resolved {
		const found = keys.flatMap((key) => this.byKey.get(key) ?? []);
		if (found.length === 0 && identity !== undefined && keys.length > 0) {
			const other = this.byKey.get(this.keyOfIdentity.get(identity) ?? '');
			if (other) found.push(other);
		}
		const [first] = found;
		const key = keyIsCertain || first === undefined ? keys[0] : first.key;
		const moved = found.flatMap((profile) => (profile.key === key ? [] : [profile.key]));
		if (first === undefined || moved.length === 0) return { key, previous: first, moved };
		return { key, previous: merged(found), moved };
	}

	/** Forgets keys whose state moved. */
	drop(keys: readonly string[]): void {
		for (const key of keys) this.byKey.delete(key);
	}
}

/** What stood under several keys, as one. */
function merged(profiles: readonly StoredProfile[]): StoredProfile {
	const waiting = profiles.find(({ pending }) => pending) ?? profiles[0];
	const owed = profiles.find((profile) => profile.owed !== undefined)?.owed;
	const { deliveryId, deliveryPlace, orderKey, pending } = waiting;
	return {
		...profiles[0],
		state: mergeStates(profiles.map(({ state }) => state)),
		// An export of each of them has told of the mappings that there were then.
		exportedRevision: Math.min(...profiles.map(({ exportedRevision }) => exportedRevision)),
		deliveryId,
		deliveryPlace,
		orderKey,
		pending,
		owed,
	};
}
