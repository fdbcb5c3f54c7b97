import fc from 'fast-check';
import type { Mappings, MappingTimes } from '../../../lib/profiles/mappings';
import { decideBatch, prepareProfile } from '../../../lib/profiles/exporter';
import { KnownProfiles } from '../../../lib/profiles/knownProfiles';
import { joinPayloads, splitPayloads, type PayloadOptions } from '../../../lib/profiles/payload';
import { conformanceFile, mapped, NOW, profileOf, SAMPLE, SAMPLE_ATTRIBUTES } from './make';

/** The body that a profile is exported with. */
function exported(
	profile: object,
	mappings: Mappings,
	payload: PayloadOptions = {},
	times: Record<string, Omit<MappingTimes, 'revision'>> = {},
): string {
	const settings = { input: 'always' as const };
	const read = prepareProfile({ index: 0, profile }, mappings, settings);
	if ('invalid' in read) throw new Error(read.invalid.problems.join('\n'));
	const { exports } = decideBatch([read.prepared], new KnownProfiles(), mappings, {
		...settings,
		payload,
		recorded: {
			times: new Map(Object.entries(times).map(([id, t]) => [`\n${id}`, { ...t, revision: 1 }])),
			revision: 1,
			awaitingBackfill: [],
		},
		keepSnapshots: true,
		now: NOW,
	});
	return exports[0].payload;
}

const X = '5b998cb9-9488-4ec3-8d95-fa8338ced490';

const NAMED = {
	id: X,
	name: 'First name equals John',
	created: 1648553325000,
	updated: 1648553330000,
};
const TIMES = { [X]: { createdAt: 1649856570000, updatedAt: 1649856570000 } };
const OF_X = profileOf('1', {
	[X]: { lastQualificationTime: '2019-04-15T02:41:50+0000', status: 'existing' },
});

describe('the samples of the page', () => {
	it('the exported profile', () => {
		const mappings = mapped(['5114d758-ce71-43ba-b53e-e2a91d67b67f'], SAMPLE_ATTRIBUTES);
		expect(exported(SAMPLE, mappings)).toBe(JSON.stringify(SAMPLE));
	});

	it('with names and timestamps', () => {
		const body = exported(
			OF_X,
			mapped([NAMED]),
			{ includeNames: true, includeTimestamps: true },
			TIMES,
		);
		expect(body).toBe(
			`{"segmentMembership":{"ups":{"${X}":{"lastQualificationTime":"2019-04-15T02:41:50+0000","status":"existing","createdAt":1648553325000,"updatedAt":1648553330000,"mappingCreatedAt":1649856570000,"mappingUpdatedAt":1649856570000,"name":"First name equals John"}}},"identityMap":{"ecid":[{"id":"1"}]}}`,
		);
	});

	it('with timestamps alone', () => {
		expect(exported(OF_X, mapped([NAMED]), { includeTimestamps: true }, TIMES)).toContain(
			'"status":"existing","createdAt":1648553325000,"updatedAt":1648553330000,"mappingCreatedAt":1649856570000,"mappingUpdatedAt":1649856570000}',
		);
	});

	it('with names alone', () => {
		expect(exported(OF_X, mapped([NAMED]), { includeNames: true }, TIMES)).toContain(
			'"status":"existing","name":"First name equals John"}',
		);
	});

	const printed = conformanceFile('seed-fr-2022-exported-profile.json');
	(printed === undefined ? it.skip : it)('conformance: the exported profile', () => {
		const sample = JSON.parse(printed as string) as typeof SAMPLE;
		const paths = ['person.birthDate', 'person.name', 'personalEmail.address'];
		expect(exported(sample, mapped([], paths))).toBe(JSON.stringify(sample));
	});

	const named = conformanceFile('seed-fr-2022-include-names.json.txt');
	(named === undefined ? it.skip : it)('conformance: names and timestamps', () => {
		const sample = JSON.parse(`{${named}}`) as object;
		const both = { includeNames: true, includeTimestamps: true };
		const { segmentMembership } = JSON.parse(exported(OF_X, mapped([NAMED]), both, TIMES)) as {
			segmentMembership: object;
		};
		expect(JSON.stringify({ segmentMembership })).toBe(JSON.stringify(sample));
	});
});

describe('what is included', () => {
	it('only mapped attributes, and all of those that the profile has', () => {
		const profile = profileOf('1', {}, { a: 1, b: { c: 2, d: 3, e: null }, f: [1, 2] });
		expect(exported(profile, mapped([], ['b.d', 'b.e', 'b.missing', 'g', 'f']))).toBe(
			'{"b":{"d":3,"e":null},"f":[1,2],"segmentMembership":{},"identityMap":{"ecid":[{"id":"1"}]}}',
		);
	});

	it('all audiences, whether mapped or not, and all namespaces', () => {
		const profile = {
			segmentMembership: {
				ups: { x: { status: 'realized' }, y: { status: 'exited' } },
				aam: { z: { status: 'existing' } },
			},
			identityMap: { ecid: [{ id: '1' }] },
		};
		expect(exported(profile, mapped(['x']))).toContain(
			'"segmentMembership":{"ups":{"x":{"status":"realized"},"y":{"status":"exited"}},"aam":{"z":{"status":"existing"}}}',
		);
	});

	it('the ids of all identities, without what else is known of them', () => {
		const profile = {
			identityMap: {
				ecid: [{ id: '1', primary: true, authenticatedState: 'ambiguous' }],
				email: [],
			},
		};
		expect(exported(profile, mapped([]))).toBe(
			'{"segmentMembership":{},"identityMap":{"ecid":[{"id":"1"}],"email":[]}}',
		);
	});

	it('names and times of unmapped audiences as the input has them, or none', () => {
		const profile = profileOf('1', {
			y: { status: 'realized', name: 'Y', createdAt: '2022-03-29T11:28:45Z', mappingCreatedAt: 5 },
			z: 'realized',
		});
		const body = exported(profile, mapped(['x']), { includeNames: true, includeTimestamps: true });
		expect(body).toContain(
			'"y":{"status":"realized","createdAt":1648553325000,"mappingCreatedAt":5,"name":"Y"},"z":{"lastQualificationTime":"2025-12-01T00:00:00Z","status":"realized"}',
		);
	});

	it('"exiting" as exited', () => {
		expect(exported(profileOf('1', { x: 'exiting' }), mapped(['x']))).toContain(
			'"status":"exited"',
		);
	});

	it('hostile names as what they are', () => {
		const profile = JSON.parse(
			'{"a":{"__proto__":{"b":1}},"segmentMembership":{"__proto__":{"__proto__":{"status":"realized"}}},"identityMap":{"__proto__":[{"id":"1"}]}}',
		) as object;
		expect(exported(profile, mapped([], ['a']))).toBe(
			'{"a":{"__proto__":{"b":1}},"segmentMembership":{"__proto__":{"__proto__":{"status":"realized"}}},"identityMap":{"__proto__":[{"id":"1"}]}}',
		);
		expect(({} as Record<string, unknown>).b).toBeUndefined();
	});
});

describe('as the current documentation has it', () => {
	it('realized or exited only, mapped audiences only, with their names', () => {
		const profile = profileOf('1', { x: 'existing', y: 'realized', z: 'exited' });
		const body = exported(profile, mapped([{ id: 'x', name: 'X' }, 'z']), {
			currentDocumentation: true,
			includeNames: true,
		});
		const { segmentMembership } = JSON.parse(body) as { segmentMembership: unknown };
		expect(segmentMembership).toEqual({
			ups: {
				x: { lastQualificationTime: '2025-12-01T00:00:00Z', status: 'realized', name: 'X' },
				z: { lastQualificationTime: '2025-12-01T00:00:00Z', status: 'exited' },
			},
		});
	});
});

describe('attributes', () => {
	const attributesOf = (profile: object, paths: string[]) => {
		const body = exported({ ...profile, identityMap: { e: [{ id: '1' }] } }, mapped([], paths));
		const {
			segmentMembership: _s,
			identityMap: _i,
			...rest
		} = JSON.parse(body) as Record<string, unknown>;
		return rest;
	};
	const phones = [{ number: '1', kind: 'home' }, { kind: 'work' }, { number: '3', kind: 'x' }];

	test.each([
		[['phones[*].number'], [{ number: '1' }, { number: '3' }]],
		[['phones.number'], [{ number: '1' }, { number: '3' }]],
		[['/phones/0/number'], [{ number: '1' }]],
		[['phones[2].number'], [null, null, { number: '3' }]],
		[
			['phones[0].number', 'phones[*].kind'],
			[{ number: '1', kind: 'home' }, { kind: 'work' }, { kind: 'x' }],
		],
		[['phones'], phones],
		[['phones[0]'], [phones[0]]],
	])('%j', (paths, expected) => {
		expect(attributesOf({ phones }, paths)).toEqual({ phones: expected });
	});

	it('in the order of the profile, whatever the order of the mapping', () => {
		const body = exported(
			{ b: 1, a: { d: 1, c: 2 }, identityMap: { e: [{ id: '1' }] } },
			mapped([], ['a.c', 'a.d', 'b']),
		);
		expect(body).toMatch(/^\{"b":1,"a":\{"d":1,"c":2\},/);
	});
});

describe('several profiles in one request', () => {
	it('are an array with a member for each', () => {
		expect(joinPayloads(['{"a":1}', '{"b":2}'])).toBe('[{"a":1},{"b":2}]');
	});

	it('can be taken apart again, byte for byte', () => {
		fc.assert(
			fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), (members) => {
				const texts = members.map((member) => JSON.stringify(member));
				expect(splitPayloads(joinPayloads(texts))).toEqual(texts);
			}),
		);
		expect(splitPayloads('{"a":1}')).toBeUndefined();
	});
});
