import { AttributeTree, createReader } from './attributes';
import { toMillis } from './dates';
import { DestinationError, shorten } from './errors';
import { audienceKey, isFields } from './membership';
import { pathsMeet, readPath, writePath, type Segment } from './path';
import type { ProfileKey } from './profileKey';

/** An audience that is mapped to the destination. Times in UNIX milliseconds. */
export interface MappedAudience {
	id: string;
	/** Undefined: the audience of this id in whatever namespace. */
	namespace?: string;
	name?: string;
	created?: number;
	updated?: number;
}

export interface MappedAttribute {
	/** The one spelling of its path. */
	path: string;
	/** The path as JSON. */
	quoted: string;
	segments: readonly Segment[];
	read: (profile: object) => unknown;
}

/** When a mapping was made and last changed; UNIX milliseconds. Recorded by the node. */
export interface MappingTimes {
	createdAt: number;
	updatedAt: number;
	/** Counts the changes of the destination's mappings; the one that mapped this audience. */
	revision: number;
}

/** What is mapped to a destination, ready for use. */
export interface Mappings {
	readonly audiences: readonly MappedAudience[];
	readonly attributes: readonly MappedAttribute[];
	/** What of a profile is mapped, nested as it was. */
	readonly tree: AttributeTree;
	/** The mapping of an audience, if it has one. */
	find(namespace: string, audience: string): MappedAudience | undefined;
}

/** Names a mapped audience as the store does. */
export const mappingKey = ({ namespace, id }: MappedAudience) => audienceKey(namespace ?? '', id);

type Report = (field: string, problem: string) => void;

/**
 * Reads the mappings from plain objects.
 * @param audiences `{ id, name, created, updated }` each, and a namespace where the id alone does not tell;
 * times as UNIX milliseconds or ISO 8601; a text alone is an id
 * @param attributes paths of the profile's schema, as texts or `{ path }`
 * @throws DestinationError that names each field and how to mend it
 */
export function readMappings(audiences: unknown, attributes: unknown): Mappings {
	const problems: string[] = [];
	const mappedAudiences = readList(audiences, 'Mapped Audiences', problems, readAudience);
	const mappedAttributes = readList(attributes, 'Mapped Attributes', problems, readAttribute);
	reportTwice(mappedAudiences.map(mappingKey), (i) => {
		problems.push(
			`Mapped Audiences › ${i + 1}: "${shorten(mappedAudiences[i].id)}" is mapped already: keep one of them`,
		);
	});
	if (problems.length > 0) throw new DestinationError(problems);
	return createMappings(mappedAudiences, distinct(mappedAttributes));
}

function createMappings(
	audiences: readonly MappedAudience[],
	attributes: readonly MappedAttribute[],
): Mappings {
	// Looked up for each membership of each profile: by the id alone, without making a text of both.
	const byId = new Map<string, MappedAudience[]>();
	for (const audience of audiences) {
		byId.set(audience.id, [...(byId.get(audience.id) ?? []), audience]);
	}
	return {
		audiences,
		attributes,
		tree: new AttributeTree(attributes.map(({ segments }) => segments)),
		find: (namespace, audience) => {
			const found = byId.get(audience);
			if (!found) return undefined;
			return (
				found.find((one) => one.namespace === namespace) ??
				found.find((one) => one.namespace === undefined)
			);
		},
	};
}

function readList<T>(
	value: unknown,
	field: string,
	problems: string[],
	read: (entry: unknown, report: Report) => T | undefined,
): T[] {
	if (value === undefined || value === null) return [];
	if (!Array.isArray(value)) {
		problems.push(`${field}: must be a list`);
		return [];
	}
	return value.flatMap((entry: unknown, i) => {
		const one = read(entry, (name, problem) => {
			problems.push(`${field} › ${i + 1}${name === '' ? '' : ` › ${name}`}: ${problem}`);
		});
		return one === undefined ? [] : [one];
	});
}

function readAudience(entry: unknown, report: Report): MappedAudience | undefined {
	const fields = typeof entry === 'string' ? { id: entry } : entry;
	if (!isFields(fields)) {
		report('', 'is no audience: give { id, name, created, updated }');
		return undefined;
	}
	const id = typeof fields.id === 'string' ? fields.id.trim() : '';
	if (id === '' || /\p{Cc}/u.test(id)) {
		report('ID', 'missing: give the audience’s ID as it stands in segmentMembership');
		return undefined;
	}
	const audience: MappedAudience = { id };
	for (const field of ['namespace', 'name'] as const) {
		const text = fields[field];
		if (isEmpty(text)) continue;
		if (typeof text === 'string' && !/[\r\n]/.test(text)) audience[field] = text;
		else report(LABELS[field], 'must be a text of one line');
	}
	for (const field of ['created', 'updated'] as const) {
		const given = fields[field];
		if (isEmpty(given)) continue;
		const millis = toMillis(given);
		if (millis === undefined) {
			report(LABELS[field], 'is no date: give UNIX milliseconds or ISO 8601, or leave it empty');
		} else audience[field] = millis;
	}
	return audience;
}

const LABELS = {
	namespace: 'Namespace',
	name: 'Name',
	created: 'Created',
	updated: 'Updated',
} as const;

const isEmpty = (value: unknown) => value === undefined || value === null || value === '';

/** These are exported whole whatever is mapped. */
const ALWAYS_EXPORTED = ['segmentMembership', 'identityMap'];

function readAttribute(entry: unknown, report: Report): MappedAttribute | undefined {
	const text = isFields(entry) ? entry.path : entry;
	if (typeof text !== 'string') {
		report('Path', 'missing: give a path such as person.name.firstName');
		return undefined;
	}
	const reading = readPath(text);
	if (!reading.ok) {
		report('Path', reading.problem);
		return undefined;
	}
	const { segments } = reading;
	const [root] = segments;
	if (typeof root !== 'string') {
		report(
			'Path',
			`"${shorten(text)}" begins with an array, but a profile is an object: begin with a name`,
		);
		return undefined;
	}
	if (ALWAYS_EXPORTED.includes(root)) {
		report('Path', `${root} is always exported as a whole: remove it from the mapped attributes`);
		return undefined;
	}
	const path = writePath(segments);
	return { path, quoted: JSON.stringify(path), segments, read: createReader(segments) };
}

/** The same attribute twice is harmless. */
function distinct(attributes: readonly MappedAttribute[]): MappedAttribute[] {
	return [...new Map(attributes.map((attribute) => [attribute.path, attribute])).values()];
}

function reportTwice(keys: readonly string[], report: (index: number) => void): void {
	const seen = new Set<string>();
	keys.forEach((key, i) => {
		if (seen.has(key)) report(i);
		seen.add(key);
	});
}

/**
 * A hint for the operator when the profile key is no part of what is exported: it is recommended to map
 * a unique identifier (HTTP API destination, destination attributes). Identities are always exported.
 */
export function profileKeyHint(key: ProfileKey, mappings: Mappings): string | undefined {
	if (key.kind === 'identity') return undefined;
	const covered = mappings.attributes.some(
		({ segments }) => segments.length <= key.segments.length && pathsMeet(segments, key.segments),
	);
	return covered
		? undefined
		: `The profile key ${key.text} is not among the mapped attributes, so the receiver cannot tell profiles apart by it: map it too`;
}
