import { listed, shorten } from './errors';
import { problemOfJson } from './measure';
import { at, isFields, readMemberships, type Membership } from './membership';
import type { ProfileKey } from './profileKey';

export interface Identity {
	id: string;
	primary: boolean;
	/** As it came. */
	authenticatedState?: string;
}

/** Namespace → identities, in their order. */
export type Identities = ReadonlyMap<string, readonly Identity[]>;

/** A profile that was read. */
export interface Profile {
	/** The whole of it, as it came. */
	source: object;
	/** Undefined when the profile says nothing of its memberships. */
	memberships: readonly Membership[] | undefined;
	identities: Identities;
	/**
	 * What can be the profile's key, the most fitting first: identities of the key's namespace, or the value
	 * at its path. Empty when the destination uses no key.
	 */
	keys: readonly string[];
	/** The first of `keys` is the key whatever the store knows: a primary identity, or a path's value. */
	keyIsCertain: boolean;
}

export type ProfileReading =
	| { ok: true; profile: Profile }
	| { ok: false; problems: readonly string[] };

// A key stands in an index.
const LONGEST_KEY = 1_024;

/**
 * Reads a profile in the platform's schema: `segmentMembership`, `identityMap` and attributes beside them.
 * Copies no attributes.
 * @param key what tells profiles apart; undefined: the destination needs none
 * @returns the profile, or a sentence for each thing that is wrong, with its path and how to mend it
 */
export function readProfile(value: unknown, key?: ProfileKey): ProfileReading {
	if (!isFields(value)) {
		return {
			ok: false,
			problems: ['the profile is no object: give { identityMap, segmentMembership, … }'],
		};
	}
	const tooMuch = problemOfJson(value);
	if (tooMuch !== undefined) return { ok: false, problems: [tooMuch] };
	const problems: string[] = [];
	const given = own(value, 'segmentMembership');
	const memberships =
		given === undefined || given === null ? undefined : readMemberships(given, problems);
	const identities = readIdentities(own(value, 'identityMap'), problems);
	const keys =
		key === undefined || problems.length > 0 ? [] : keysOf(value, identities, key, problems);
	if (problems.length > 0) return { ok: false, problems: listed(problems) };
	const keyIsCertain =
		key?.kind === 'path' || (key !== undefined && isPrimary(identities, key.namespace, keys[0]));
	return { ok: true, profile: { source: value, memberships, identities, keys, keyIsCertain } };
}

function own(value: Readonly<Record<string, unknown>>, name: string): unknown {
	return Object.hasOwn(value, name) ? value[name] : undefined;
}

function readIdentities(value: unknown, problems: string[]): Map<string, Identity[]> {
	const identities = new Map<string, Identity[]>();
	const path = 'identityMap';
	const form = '{ "ecid": [{ "id": "…" }] }';
	if (value === undefined || value === null) {
		problems.push(`${path} is missing: a profile needs at least one identity, such as ${form}`);
		return identities;
	}
	if (!isFields(value)) {
		problems.push(`${path} is no object: give identities by their namespace, such as ${form}`);
		return identities;
	}
	let count = 0;
	for (const namespace of Object.keys(value)) {
		const list = value[namespace];
		if (!Array.isArray(list)) {
			problems.push(`${at(path, namespace)} is no array: give [{ "id": "…" }]`);
			continue;
		}
		identities.set(namespace, readIdentityList(list, at(path, namespace), problems));
		count += list.length;
	}
	if (count === 0 && problems.length === 0) {
		problems.push(`${path} has no identity in it: give at least one, such as ${form}`);
	}
	return identities;
}

function readIdentityList(list: readonly unknown[], path: string, problems: string[]): Identity[] {
	const read: Identity[] = [];
	list.forEach((identity, index) => {
		const id = isFields(identity) ? identity.id : undefined;
		if (!isFields(identity) || typeof id !== 'string' || id === '') {
			const why =
				typeof id === 'number' ? 'is a number, and long ones lose digits' : 'is missing or no text';
			problems.push(`${path}[${index}].id ${why}: give the identity as text`);
			return;
		}
		const { authenticatedState } = identity;
		read.push({
			id,
			primary: identity.primary === true,
			...(typeof authenticatedState === 'string' ? { authenticatedState } : {}),
		});
	});
	return read;
}

function keysOf(
	value: object,
	identities: Identities,
	key: ProfileKey,
	problems: string[],
): string[] {
	if (key.kind === 'path') {
		const found = key.read(value);
		const text = typeof found === 'number' || typeof found === 'boolean' ? String(found) : found;
		if (typeof text === 'string' && isKey(text)) return [text];
		problems.push(
			`${key.text} ${found === undefined || found === null ? 'is missing' : NO_KEY}, and it is the profile key: give a text or a number there, or choose another key`,
		);
		return [];
	}
	const list = namesakes(identities, key.namespace);
	const ids = [...new Set([...list.filter((i) => i.primary), ...list].map(({ id }) => id))];
	if (ids.length === 0) {
		problems.push(
			`identityMap has no identity of the namespace "${shorten(key.namespace)}", which is the profile key: give one, or choose another key`,
		);
	} else if (!ids.every(isKey)) {
		problems.push(`${at('identityMap', key.namespace)} ${NO_KEY}: give shorter ids`);
	}
	return ids;
}

const NO_KEY = `cannot be a key (a key has 1 to ${LONGEST_KEY} characters and no line breaks)`;

const isKey = (text: string) =>
	text !== '' && text.length <= LONGEST_KEY && !/[\p{Cc}\p{Cs}]/u.test(text);

/** The samples write `ecid` where the platform's own symbol is `ECID`: case is passed over if need be. */
function namesakes(identities: Identities, namespace: string): readonly Identity[] {
	const exact = identities.get(namespace);
	if (exact) return exact;
	const wanted = namespace.toLowerCase();
	for (const [name, list] of identities) if (name.toLowerCase() === wanted) return list;
	return [];
}

function isPrimary(identities: Identities, namespace: string, id: string | undefined): boolean {
	return namesakes(identities, namespace).some(
		(identity) => identity.primary && identity.id === id,
	);
}
