import type { MappingTimes, Mappings } from './mappings';
import { mappingKey } from './mappings';
import type { AudienceDetails } from './membership';
import type { Identities } from './profile';
import type { NextAudience } from './state';

export interface PayloadOptions {
	/** Adds `name` to each membership. */
	includeNames?: boolean;
	/** Adds `createdAt`, `updatedAt`, `mappingCreatedAt`, `mappingUpdatedAt` to each membership. */
	includeTimestamps?: boolean;
	/**
	 * As the current page has it, not the one of 2022: `existing` is told as `realized`, audiences that are
	 * not mapped are left out.
	 */
	currentDocumentation?: boolean;
}

/** What an export of a profile consists of. */
export interface PayloadParts {
	/** The mapped attributes that the profile has, as JSON: an object. */
	attributes: string;
	audiences: readonly Pick<
		NextAudience,
		'namespace' | 'audience' | 'status' | 'lastQualificationTime' | 'details'
	>[];
	/** The identity map as JSON. */
	identityMap: string;
}

/** What a JSONata mapping, or another one, gives as the body. */
export interface MappedBody {
	body: string;
	/** The body is JSON. */
	json: boolean;
}

/**
 * Turns the documented payload into another one.
 * @throws an error whose message says what is wrong with the mapping or the profile
 */
export type PayloadMapping = (payload: object) => MappedBody | Promise<MappedBody>;

/**
 * The payload as documented (HTTP API destination, exported data): mapped attributes at their paths, then
 * `segmentMembership` with the last state of all audiences, mapped or not, then `identityMap` with all
 * identities.
 * @param times when the audiences were mapped, by {@link mappingKey}
 * @returns JSON, without white space
 */
export function composePayload(
	{ attributes, audiences, identityMap }: PayloadParts,
	mappings: Mappings,
	times: ReadonlyMap<string, MappingTimes>,
	options: PayloadOptions,
): string {
	const namespaces = new Map<string, string[]>();
	for (const audience of audiences) {
		const text = composeMembership(audience, mappings, times, options);
		if (text === undefined) continue;
		const texts = namespaces.get(audience.namespace);
		if (texts) texts.push(text);
		else namespaces.set(audience.namespace, [text]);
	}
	const membership: string[] = [];
	for (const [namespace, texts] of namespaces) {
		membership.push(`${JSON.stringify(namespace)}:{${texts.join(',')}}`);
	}
	const head = attributes === '{}' ? '{' : `${attributes.slice(0, -1)},`;
	// Joined, not added up: a text in many pieces costs more to keep than to make.
	return [
		head,
		'"segmentMembership":{',
		membership.join(','),
		'},"identityMap":',
		identityMap,
		'}',
	].join('');
}

/** In the order of the samples. */
function composeMembership(
	one: PayloadParts['audiences'][number],
	mappings: Mappings,
	times: ReadonlyMap<string, MappingTimes>,
	{ includeNames, includeTimestamps, currentDocumentation }: PayloadOptions,
): string | undefined {
	const mapped = mappings.find(one.namespace, one.audience);
	if (currentDocumentation && !mapped) return undefined;
	const status = currentDocumentation && one.status === 'existing' ? 'realized' : one.status;
	const time = one.lastQualificationTime;
	let text = `${JSON.stringify(one.audience)}:{`;
	if (time !== undefined) text += `"lastQualificationTime":${JSON.stringify(time)},`;
	text += `"status":"${status}"`;
	const input: AudienceDetails = one.details ?? {};
	if (includeTimestamps) {
		const mapping = mapped && times.get(mappingKey(mapped));
		text += member('createdAt', mapped?.created ?? input.createdAt);
		text += member('updatedAt', mapped?.updated ?? input.updatedAt);
		text += member('mappingCreatedAt', mapping?.createdAt ?? input.mappingCreatedAt);
		text += member('mappingUpdatedAt', mapping?.updatedAt ?? input.mappingUpdatedAt);
	}
	if (includeNames) text += member('name', mapped?.name ?? input.name);
	return `${text}}`;
}

function member(name: string, value: string | number | undefined): string {
	return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}

/** The identity map as it is exported: the ids of each namespace. */
export function writeIdentityMap(identities: Identities): string {
	const namespaces: string[] = [];
	for (const [namespace, list] of identities) {
		const ids = list.map(({ id }) => `{"id":${JSON.stringify(id)}}`).join(',');
		namespaces.push(`${JSON.stringify(namespace)}:[${ids}]`);
	}
	return `{${namespaces.join(',')}}`;
}

/** Several payloads in one request: an array with a member for each profile. */
export function joinPayloads(members: readonly string[]): string {
	return `[${members.join(',')}]`;
}

/**
 * Cuts an array of members apart again, each with the bytes that it had.
 * @returns undefined when the text is no array
 */
export function splitPayloads(body: string): string[] | undefined {
	if (!body.startsWith('[') || !body.endsWith(']')) return undefined;
	const members: string[] = [];
	let depth = 0;
	let from = 1;
	for (let at = 1; at < body.length - 1; at++) {
		const character = body[at];
		if (character === '"') at = endOfText(body, at);
		else if (character === '{' || character === '[') depth++;
		else if (character === '}' || character === ']') depth--;
		else if (character === ',' && depth === 0) {
			members.push(body.slice(from, at));
			from = at + 1;
		}
	}
	if (from < body.length - 1) members.push(body.slice(from, -1));
	return members;
}

function endOfText(body: string, start: number): number {
	let at = start + 1;
	while (at < body.length && body[at] !== '"') at += body[at] === '\\' ? 2 : 1;
	return at;
}
