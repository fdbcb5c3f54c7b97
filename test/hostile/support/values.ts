import fc from 'fast-check';
import { hostileText, LOADED_NAMES } from './texts';

const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
	value: fc.oneof(
		{ maxDepth: 4, withCrossShrink: true },
		{ weight: 5, arbitrary: hostileText },
		{
			weight: 3,
			arbitrary: fc.constantFrom<unknown>(
				null,
				true,
				false,
				0,
				-0,
				-1,
				1.5,
				1e308,
				-1e21,
				Number.MAX_SAFE_INTEGER + 2,
				[],
				{},
				[null],
				[[]],
			),
		},
		{ weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
		{ weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
		{
			weight: 2,
			arbitrary: fc
				.array(fc.tuple(fc.oneof(fc.constantFrom(...LOADED_NAMES), hostileText), tie('value')), {
					maxLength: 4,
				})
				.map(ownFields),
		},
	),
}));

/** An object with these fields as its own, whatever they are called. */
function ownFields(entries: ReadonlyArray<readonly [string, unknown]>): Record<string, unknown> {
	return Object.fromEntries(entries);
}

/** A value around another, so many levels deep. */
function nested(inner: unknown, levels: number, asArray: boolean): unknown {
	let value = inner;
	for (let level = 0; level < levels; level++) value = asArray ? [value] : { a: value };
	return value;
}

const large = fc
	.tuple(fc.integer({ min: 33, max: 3_000 }), fc.boolean(), fc.constantFrom('deep', 'wide'))
	.map(([size, asArray, shape]): unknown => {
		if (shape === 'deep') return nested(1, size, asArray);
		if (asArray) return Array.from({ length: size }, (_, at) => at);
		return ownFields(Array.from({ length: size }, (_, at) => [`k${at}`, at]));
	});

/** Any value that JSON can carry, hostile ones first. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
	{ weight: 14, arbitrary: anyValue },
	{ weight: 1, arbitrary: large },
);

interface Mutation {
	/** Picks the place, a step a number. */
	way: number[];
	kind: 'drop' | 'double' | 'replace' | 'nest' | 'rename' | 'add';
	value: unknown;
	name: string;
	levels: number;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
	way: fc.array(fc.nat(30), { maxLength: 6 }),
	kind: fc.constantFrom('drop', 'double', 'replace', 'replace', 'nest', 'rename', 'add'),
	value: hostileValue,
	name: fc.oneof(fc.constantFrom(...LOADED_NAMES), hostileText),
	levels: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(40, 100, 1_500)),
});

function mutated(value: unknown, change: Mutation, depth = 0): unknown {
	const step = change.way[depth];
	if (typeof value !== 'object' || value === null || step === undefined) {
		return changedHere(value, change);
	}
	const isArray = Array.isArray(value);
	const entries: [string, unknown][] = Object.entries(value);
	if (entries.length === 0) return changedHere(value, change);
	const at = step % entries.length;
	const [name, inner] = entries[at];
	const goesOn = depth + 1 < change.way.length && typeof inner === 'object' && inner !== null;
	if (goesOn) entries[at] = [name, mutated(inner, change, depth + 1)];
	else if (change.kind === 'drop') entries.splice(at, 1);
	else if (change.kind === 'double') entries.splice(at, 0, [`${name} `, inner]);
	else if (change.kind === 'rename') entries[at] = [change.name, inner];
	else if (change.kind === 'add') entries.push([change.name, change.value]);
	else entries[at] = [name, changedHere(inner, change)];
	return isArray ? entries.map(([, one]) => one) : ownFields(entries);
}

function changedHere(value: unknown, { kind, value: other, levels, name }: Mutation): unknown {
	if (kind === 'nest') return nested(value, levels, levels % 2 === 0);
	if (kind === 'double') return typeof value === 'string' ? value + value : [value, value];
	if (kind === 'rename' && typeof value === 'string') return value + name;
	return other;
}

/**
 * Valid values with one to four things wrong: fields dropped, doubled, renamed to what means something to
 * JavaScript, of another type, nested too deep, or added.
 */
export function damaged(...valid: readonly unknown[]): fc.Arbitrary<unknown> {
	const base = fc.constantFrom(...valid);
	return fc.oneof(
		{ weight: 1, arbitrary: base },
		{
			weight: 8,
			arbitrary: fc
				.tuple(base, fc.array(mutation, { minLength: 1, maxLength: 4 }))
				.map(([value, changes]) =>
					changes.reduce<unknown>((before, change) => mutated(before, change), value),
				),
		},
		{ weight: 2, arbitrary: hostileValue },
	);
}

/** A value as it goes over the wire; what JSON cannot be made of is an array deeper than any stack. */
export function wireText(value: unknown): string {
	try {
		return JSON.stringify(value) ?? '';
	} catch {
		return '['.repeat(50_000) + ']'.repeat(50_000);
	}
}
