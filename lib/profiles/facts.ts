import { namesMembership, updatedAttributes, type Changes } from './changes';
import type { Facts, Transition } from './decision';
import type { Resolved } from './knownProfiles';
import { mappingKey, type Mappings } from './mappings';
import { isMember } from './membership';
import type { Profile } from './profile';
import { differingAttributes, isTold, nextAudiences, type NextAudience } from './state';
import type { StoredProfile } from './store/states';

/**
 * What the input is. `events`: each says what changed, and only memberships are compared with the stored
 * state; `snapshots`: everything is; `always`: every profile is exported.
 */
export type InputKind = 'events' | 'snapshots' | 'always';

/** A profile that was read, and what was worked out of it alone. */
export interface PreparedProfile {
	index: number;
	profile: Profile;
	/** Where the input is events. */
	changes: Changes | undefined;
	/** The digest of the identity map; empty where no state is kept. */
	identity: string;
	/** The digests of the mapped attributes, in their order. */
	attributes: readonly string[];
}

/** What facts are worked out with. */
export interface FactsContext {
	mappings: Mappings;
	options: { input: InputKind; backfill?: boolean };
	/** Mapped audiences whose backfill is not done: the revision that mapped them, by {@link mappingKey}. */
	awaiting: ReadonlyMap<string, number>;
}

/** An event that neither has memberships nor names them says nothing of them: they are as they were. */
export function audiencesAfter(
	{ profile, changes }: PreparedProfile,
	previous: StoredProfile | undefined,
	now: number,
): NextAudience[] {
	const before = previous?.state.audiences ?? [];
	if (!profile.memberships && changes?.memberships.length === 0) {
		return before.flatMap((one) =>
			isTold(one, now) ? [{ ...one, before: one.status, present: true }] : [],
		);
	}
	return nextAudiences(profile.memberships ?? [], before, now, previous?.owed !== undefined);
}

export function factsOf(
	{ profile, changes, identity, attributes }: PreparedProfile,
	{ previous, moved }: Resolved,
	audiences: readonly NextAudience[],
	{ mappings, options, awaiting }: FactsContext,
): Facts {
	const transitions: Transition[] = [];
	const backfill: { namespace: string; audience: string }[] = [];
	for (const one of audiences) {
		const mapped = mappings.find(one.namespace, one.audience);
		if (!mapped) continue;
		const { namespace, audience } = one;
		const to = one.present ? one.status : 'none';
		// Of a profile never seen before, an event tells which of its memberships are new.
		const isOld = !previous && changes !== undefined && !namesMembership(changes, one);
		const from = isOld ? to : one.before;
		transitions.push({ namespace, audience, from, to });
		if (!options.backfill || !isMember(to)) continue;
		const revision = awaiting.get(mappingKey(mapped)) ?? 0;
		if ((previous?.exportedRevision ?? 0) < revision) backfill.push({ namespace, audience });
	}
	const compared = options.input === 'snapshots' && previous;
	const updated = changes
		? updatedAttributes(changes, mappings.attributes)
		: compared
			? differingAttributes(previous.state.attributes, mappings.attributes, attributes)
			: [];
	const otherIdentities =
		changes?.identityMap ?? (compared ? previous.identity !== identity : false);
	return {
		transitions,
		identityMapChanged: otherIdentities || (moved.length > 0 && profile.keys.length > 0),
		updatedAttributes: updated,
		backfill,
		...(previous?.owed === undefined ? {} : { owed: previous.owed }),
		...(options.input === 'always' ? { always: true } : {}),
	};
}
