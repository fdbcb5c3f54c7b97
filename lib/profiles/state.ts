import { toTimestamp } from './dates';
import { digestOf, digestOfValue } from './digest';
import type { AudienceStatus } from './decision';
import type { MappedAttribute } from './mappings';
import {
	audienceKey,
	isMember,
	type AudienceDetails,
	type Membership,
	type MembershipStatus,
} from './membership';
import type { Identities, Profile } from './profile';

/** What is remembered of a membership. */
export interface AudienceState {
	namespace: string;
	audience: string;
	status: MembershipStatus;
	lastQualificationTime?: string;
	/** When it was first seen exited; UNIX milliseconds. */
	exitedAt?: number;
}

/** A membership after a change, with what the input tells of its audience. */
export interface NextAudience extends AudienceState {
	/** What the store knew. */
	before: AudienceStatus;
	/** The profile has it. Otherwise it is told as exited, since it was there before. */
	present: boolean;
	details?: AudienceDetails;
}

/** What decisions need of a profile, by destination and profile key. */
export interface ProfileState {
	audiences: readonly AudienceState[];
	/** Path of a mapped attribute → its digest, empty where the profile does not have it. */
	attributes: ReadonlyMap<string, string>;
}

/** Memberships that ended are removed after 30 days (profile schema, segmentation). */
export const EXITED_KEPT_MS = 30 * 24 * 3600_000;

/**
 * The memberships of a profile after a change. One that vanished counts as exited from now on, with the
 * moment at which that was seen, but never an earlier one than it had, as its last qualification time. An
 * exit is told for 30 days even if the profile drops it, so that no export that takes the place of an older
 * one hides it from the receiver.
 * @param before what the store knows
 * @param now UNIX milliseconds
 * @param owed the last export did not arrive: then no exit is forgotten
 */
export function nextAudiences(
	memberships: readonly Membership[],
	before: readonly AudienceState[],
	now: number,
	owed: boolean,
): NextAudience[] {
	const known = new KnownAudiences(before);
	const next = memberships.map((membership, i): NextAudience => {
		const { namespace, audience, status, lastQualificationTime } = membership;
		const was = known.take(namespace, audience, i);
		return {
			namespace,
			audience,
			status,
			lastQualificationTime,
			exitedAt: status === 'exited' ? (was?.exitedAt ?? now) : undefined,
			before: was?.status ?? 'none',
			present: true,
			details: membership,
		};
	});
	for (const gone of known.rest()) {
		const left = { ...gone, before: gone.status, present: false };
		if (isMember(gone.status)) {
			const lastQualificationTime = noEarlier(now, gone.lastQualificationTime);
			next.push({ ...left, status: 'exited', lastQualificationTime, exitedAt: now });
		} else if (owed || isTold(gone, now)) next.push(left);
	}
	return next;
}

/** Memberships come in the order in which they came before, mostly: then nothing has to be looked up. */
class KnownAudiences {
	private byKey: Map<string, AudienceState> | undefined;
	private readonly taken = new Set<AudienceState>();

	constructor(private readonly audiences: readonly AudienceState[]) {}

	take(namespace: string, audience: string, place: number): AudienceState | undefined {
		if (this.audiences.length === 0) return undefined;
		let found: AudienceState | undefined = this.audiences[place];
		if (found?.audience !== audience || found.namespace !== namespace) {
			this.byKey ??= new Map(
				this.audiences.map((one) => [audienceKey(one.namespace, one.audience), one]),
			);
			found = this.byKey.get(audienceKey(namespace, audience));
		}
		if (found) this.taken.add(found);
		return found;
	}

	/** Those that were not taken. */
	rest(): readonly AudienceState[] {
		if (this.taken.size === this.audiences.length) return [];
		return this.audiences.filter((one) => !this.taken.has(one));
	}
}

/** Whether an export tells of a membership: it is one, or ended less than 30 days ago. */
export function isTold({ status, exitedAt }: AudienceState, now: number): boolean {
	return isMember(status) || now - (exitedAt ?? 0) < EXITED_KEPT_MS;
}

function noEarlier(now: number, time: string | undefined): string {
	const seen = toTimestamp(now);
	return time !== undefined && Date.parse(time) > now ? time : seen;
}

/** A digest of the identity map, whatever the order of namespaces and identities. */
export function digestOfIdentities(identities: Identities): string {
	const lines: string[] = [];
	for (const [namespace, list] of identities) {
		for (const { id, primary, authenticatedState } of list) {
			lines.push(`${namespace}\n${id}\n${primary ? 1 : 0}\n${authenticatedState ?? ''}`);
		}
	}
	return digestOf(lines.sort().join('\n\n'));
}

/** The digests of the mapped attributes, in their order. */
export function digestAttributes(
	{ source }: Profile,
	attributes: readonly MappedAttribute[],
): string[] {
	return attributes.map(({ read }) => digestOfValue(read(source)));
}

/**
 * The mapped attributes whose value is another one. One that was not mapped before cannot be compared.
 * @param after what {@link digestAttributes} gives of these attributes
 */
export function differingAttributes(
	before: ReadonlyMap<string, string>,
	attributes: readonly MappedAttribute[],
	after: readonly string[],
): string[] {
	const differing: string[] = [];
	attributes.forEach(({ path }, i) => {
		const was = before.get(path);
		if (was !== undefined && was !== after[i]) differing.push(path);
	});
	return differing;
}

const LETTERS: Readonly<Record<MembershipStatus, string>> = {
	realized: 'r',
	existing: 'e',
	exited: 'x',
};
const STATUSES: Readonly<Record<string, MembershipStatus>> = {
	r: 'realized',
	e: 'existing',
	x: 'exited',
};

type WrittenAudience = [string, string, string, string | null, number?];

/**
 * A state as the store keeps it, without the identities, which have a column of their own.
 * @param digests what {@link digestAttributes} gives of these attributes
 */
export function writeState(
	audiences: readonly AudienceState[],
	attributes: readonly MappedAttribute[],
	digests: readonly string[],
): string {
	const a = audiences.map((one) => {
		const { namespace, audience, status, lastQualificationTime, exitedAt } = one;
		const time = lastQualificationTime === undefined ? 'null' : `"${lastQualificationTime}"`;
		const exit = exitedAt === undefined ? '' : `,${exitedAt}`;
		return `[${JSON.stringify(namespace)},${JSON.stringify(audience)},"${LETTERS[status]}",${time}${exit}]`;
	});
	const p = attributes.map(({ quoted }, i) => `${quoted}:"${digests[i]}"`);
	// Joined, not added up: a text in many pieces costs more to keep than to make.
	return ['{"a":[', a.join(','), '],"p":{', p.join(','), '}}'].join('');
}

/** Reads what {@link writeState} has written. */
export function readState(text: string): ProfileState {
	const { a, p } = JSON.parse(text) as { a: WrittenAudience[]; p: Record<string, string> };
	return {
		audiences: a.map(([namespace, audience, letter, time, exitedAt]) => ({
			namespace,
			audience,
			status: STATUSES[letter],
			lastQualificationTime: time ?? undefined,
			exitedAt,
		})),
		attributes: new Map(Object.entries(p)),
	};
}

/**
 * One state of several, after their profiles became one: a membership counts if any had it, the rest is
 * that of the first.
 */
export function mergeStates(states: readonly ProfileState[]): ProfileState {
	const [first, ...others] = states;
	const audiences = new Map<string, AudienceState>();
	for (const one of [first, ...others].flatMap((state) => state.audiences)) {
		const key = audienceKey(one.namespace, one.audience);
		const known = audiences.get(key);
		if (!known || (!isMember(known.status) && isMember(one.status))) audiences.set(key, one);
	}
	return { ...first, audiences: [...audiences.values()] };
}
