import { isFields, type Membership } from './membership';
import type { MappedAttribute } from './mappings';
import { EACH, pathsMeet, readPath, type Segment } from './path';

/** What a change event says was updated. Whether a value became another one plays no part. */
export interface Changes {
	/** Namespace and audience of memberships; an absent one stands for all. */
	memberships: readonly { namespace?: string; audience?: string }[];
	identityMap: boolean;
	allAttributes: boolean;
	attributes: readonly (readonly Segment[])[];
}

export type ChangesReading = { ok: true; changes: Changes } | { ok: false; problem: string };

const MOST_CHANGES = 10_000;

/** Names the area of all attributes. */
const ATTRIBUTES = 'attributes';

/**
 * Reads which paths or areas of a profile changed: `segmentMembership`, `identityMap`, `attributes` (all
 * of them), paths such as `person.name` or `/person/name`, or JSON Patch operations (RFC 6902), of which
 * only the paths count. A text with commas is a list.
 */
export function readChanges(value: unknown): ChangesReading {
	const list = typeof value === 'string' ? value.split(',') : value;
	if (!Array.isArray(list)) {
		return {
			ok: false,
			problem:
				'the event does not say what changed: give a list of paths or areas, such as ["segmentMembership", "person.name"], or take the input as profile snapshots',
		};
	}
	if (list.length > MOST_CHANGES) {
		return {
			ok: false,
			problem: `the event names more than ${MOST_CHANGES} changes: name areas, such as attributes`,
		};
	}
	const changes = {
		memberships: [] as { namespace?: string; audience?: string }[],
		identityMap: false,
		allAttributes: false,
		attributes: [] as (readonly Segment[])[],
	};
	for (const [i, entry] of list.entries()) {
		for (const text of textsOf(entry)) {
			if (typeof text !== 'string') {
				// An object may have no text of its own.
				const what = typeof text === 'object' && text !== null ? 'an object' : `"${String(text)}"`;
				const mend = 'give a path such as person.name';
				return { ok: false, problem: `what changed (${i + 1}): ${what} is no text; ${mend}` };
			}
			// The empty pointer is the whole profile.
			const reading = text === '' && isFields(entry) ? WHOLE : readPath(text);
			if (!reading.ok) {
				return { ok: false, problem: `what changed (${i + 1}): ${reading.problem}` };
			}
			note(reading.segments, changes);
		}
	}
	return { ok: true, changes };
}

const WHOLE = { ok: true, segments: [] } as const;

/** A path, or those of an operation; one that moves changes both ends. */
function textsOf(entry: unknown): unknown[] {
	if (!isFields(entry)) return [entry];
	return entry.op === 'move' ? [entry.path, entry.from] : [entry.path];
}

function note(
	segments: readonly Segment[],
	changes: {
		memberships: { namespace?: string; audience?: string }[];
		identityMap: boolean;
		allAttributes: boolean;
		attributes: (readonly Segment[])[];
	},
): void {
	const [root, namespace, audience] = segments;
	if (root === undefined) {
		changes.memberships.push({});
		changes.identityMap = true;
		changes.allAttributes = true;
	} else if (root === 'segmentMembership') {
		changes.memberships.push({
			...(typeof namespace === 'string' ? { namespace } : {}),
			...(typeof audience === 'string' ? { audience } : {}),
		});
	} else if (root === 'identityMap') changes.identityMap = true;
	else if (root === ATTRIBUTES && segments.length === 1) changes.allAttributes = true;
	else if (root !== EACH) changes.attributes.push(segments);
}

/** Whether an event says that this membership changed. */
export function namesMembership(
	changes: Changes,
	{ namespace, audience }: Pick<Membership, 'namespace' | 'audience'>,
): boolean {
	return changes.memberships.some(
		(one) =>
			(one.namespace === undefined || one.namespace === namespace) &&
			(one.audience === undefined || one.audience === audience),
	);
}

/** The mapped attributes that an event says were updated, by their paths. */
export function updatedAttributes(
	changes: Changes,
	attributes: readonly MappedAttribute[],
): string[] {
	return attributes
		.filter(
			({ segments }) =>
				changes.allAttributes || changes.attributes.some((changed) => pathsMeet(segments, changed)),
		)
		.map(({ path }) => path);
}
