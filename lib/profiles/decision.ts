import { isMember, type MembershipStatus } from './membership';

/** A membership's state; `none`: the profile does not have it. */
export type AudienceStatus = 'none' | MembershipStatus;

export const AUDIENCE_STATUSES: readonly AudienceStatus[] = [
	'none',
	'realized',
	'existing',
	'exited',
];

/**
 * Which changes of a mapped audience's state export the profile; from the row to the column.
 *
 * The HTTP API destination names two: from null to realized, and from realized or existing to exiting.
 * Qualifying after an exit is the first again, and a membership that vanishes is the second. `realized`
 * and `existing` differ in age only. An exited membership is removed after 30 days, which tells nothing
 * new. One first seen as exited was never exported as a membership, so there is nothing to take back.
 */
export const EXPORTS: Readonly<Record<AudienceStatus, Readonly<Record<AudienceStatus, boolean>>>> =
	{
		none: { none: false, realized: true, existing: true, exited: false },
		realized: { none: true, realized: false, existing: false, exited: true },
		existing: { none: true, realized: false, existing: false, exited: true },
		exited: { none: false, realized: true, existing: true, exited: false },
	};

/** A mapped audience's state before and after. */
export interface Transition {
	namespace: string;
	audience: string;
	from: AudienceStatus;
	to: AudienceStatus;
}

/** Why a profile is exported. */
export type Trigger =
	| ({ kind: 'audience' } & Transition)
	| { kind: 'identityMap' }
	| { kind: 'attribute'; path: string }
	/** Qualified before the audience was mapped. */
	| { kind: 'backfill'; namespace: string; audience: string }
	/** An export before this one died or was cancelled; `reason` tells how. */
	| { kind: 'owed'; reason: string }
	| { kind: 'always' };

export type NotExportedReason = 'no mapped audience' | 'no relevant change';

export type Decision =
	| { export: true; triggers: Trigger[] }
	| { export: false; reason: NotExportedReason };

/** What is known of a profile's change. */
export interface Facts {
	/** One for each mapped audience that the profile has or had; equal states count too. */
	transitions: readonly Transition[];
	identityMapChanged: boolean;
	/** Paths of mapped attributes that were updated. */
	updatedAttributes: readonly string[];
	/** Mapped audiences of the profile whose backfill has not reached it. */
	backfill?: readonly { namespace: string; audience: string }[];
	/** How the last export ended, when it did not arrive. */
	owed?: string;
	always?: boolean;
}

/**
 * Decides whether a profile is exported (HTTP API destination, what determines an export): for a change
 * of a mapped audience by {@link EXPORTS}; for a change of its identities or an update of a mapped
 * attribute if it belongs to a mapped audience before or after; and for an export that is still owed.
 */
export function decide(facts: Facts): Decision {
	const triggers: Trigger[] = facts.always ? [{ kind: 'always' }] : [];
	let member = false;
	for (const transition of facts.transitions) {
		if (isMember(transition.from) || isMember(transition.to)) member = true;
		if (EXPORTS[transition.from][transition.to]) {
			triggers.push({ kind: 'audience', ...transition });
		}
	}
	if (member) {
		if (facts.identityMapChanged) triggers.push({ kind: 'identityMap' });
		for (const path of facts.updatedAttributes) triggers.push({ kind: 'attribute', path });
		for (const audience of facts.backfill ?? []) triggers.push({ kind: 'backfill', ...audience });
	}
	if (facts.owed !== undefined) triggers.push({ kind: 'owed', reason: facts.owed });
	if (triggers.length > 0) return { export: true, triggers };
	return { export: false, reason: member ? 'no relevant change' : 'no mapped audience' };
}
