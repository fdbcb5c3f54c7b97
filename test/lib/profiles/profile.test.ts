import { isDate, toMillis } from '../../../lib/profiles/dates';
import { readProfile } from '../../../lib/profiles/profile';
import { readProfileKey, type ProfileKey } from '../../../lib/profiles/profileKey';
import { profileOf, SAMPLE } from './make';

function keyOf(text: string): ProfileKey {
	const reading = readProfileKey(text);
	if (!reading.ok) throw new Error(reading.problem);
	return reading.key;
}

function problemsOf(profile: unknown, key?: string): readonly string[] {
	const reading = readProfile(profile, key === undefined ? undefined : keyOf(key));
	return reading.ok ? [] : reading.problems;
}

function keysOf(profile: unknown, key: string): readonly string[] {
	const reading = readProfile(profile, keyOf(key));
	if (!reading.ok) throw new Error(reading.problems.join('\n'));
	return reading.profile.keys;
}

const IDENTITY = { identityMap: { ecid: [{ id: '1' }] } };

describe('a profile is refused', () => {
	const membership = (entry: unknown) => ({
		...IDENTITY,
		segmentMembership: { ups: { x: entry } },
	});
	const at = 'segmentMembership["ups"]["x"]';

	test.each<[string, unknown, RegExp | string]>([
		['that is null', null, 'the profile is no object'],
		['that is an array', [], 'the profile is no object'],
		[
			'without an identity map',
			{},
			'identityMap is missing: a profile needs at least one identity',
		],
		['without identities', { identityMap: { ecid: [] } }, 'identityMap has no identity in it'],
		['with identities that are a list', { identityMap: [] }, 'identityMap is no object'],
		[
			'with a namespace that is no list',
			{ identityMap: { ecid: { id: '1' } } },
			'identityMap["ecid"] is no array',
		],
		[
			'with an identity without an id',
			{ identityMap: { ecid: [{ id: '1' }, {}] } },
			'identityMap["ecid"][1].id is missing or no text',
		],
		[
			'with an id that is a number',
			{ identityMap: { ecid: [{ id: 12 }] } },
			'identityMap["ecid"][0].id is a number, and long ones lose digits: give the identity as text',
		],
		[
			'with memberships that are none',
			{ ...IDENTITY, segmentMembership: 'x' },
			'segmentMembership is no object',
		],
		[
			'with a namespace that holds none',
			{ ...IDENTITY, segmentMembership: { ups: [] } },
			'segmentMembership["ups"] is no object',
		],
		['with a membership that is none', membership('realized'), `${at} is no object`],
		[
			'with a membership without status',
			membership({}),
			`${at}.status is missing: give realized, existing or exited`,
		],
		[
			'with an unknown status',
			membership({ status: 'entered' }),
			`${at}.status is "entered", which is no status of a membership: give realized`,
		],
		['with a status that is no text', membership({ status: 1 }), `${at}.status is no text`],
		[
			'with a date that is none',
			membership({ status: 'realized', lastQualificationTime: '2022-02-30T00:00:00Z' }),
			`${at}.lastQualificationTime is no date: give a date in ISO 8601`,
		],
		[
			'with a date that is a number',
			membership({ status: 'realized', lastQualificationTime: 1 }),
			`${at}.lastQualificationTime is no date`,
		],
		[
			'with a time of an audience that is none',
			membership({ status: 'realized', createdAt: 'yesterday' }),
			`${at}.createdAt is no date: give UNIX milliseconds`,
		],
		[
			'with a name that is none',
			membership({ status: 'realized', name: 7 }),
			`${at}.name is no text`,
		],
		[
			'with a BigInt',
			{ ...IDENTITY, a: { b: [1n] } },
			'a.b[0] is a BigInt, which JSON does not have',
		],
	])('%s', (_, profile, expected) => {
		const problems = problemsOf(profile);
		expect(problems).toHaveLength(1);
		expect(problems[0]).toContain(expected);
	});

	it('that is cyclic, naming where', () => {
		const profile: Record<string, unknown> = { ...IDENTITY, a: { b: {} } };
		(profile.a as { b: Record<string, unknown> }).b.back = profile.a;
		expect(problemsOf(profile)).toEqual([
			'a.b.back leads back to what holds it (cyclic data): leave it out',
		]);
	});

	it('that is cyclic at its root, with much else in it', () => {
		const profile: Record<string, unknown> = { ...IDENTITY, much: Array(1_000).fill('x') };
		profile.self = profile;
		expect(problemsOf(profile)[0]).toMatch(/^self leads back/);
	});

	it('that is nested too deep', () => {
		let deep: unknown = 1;
		for (let i = 0; i < 70; i++) deep = { a: deep };
		expect(problemsOf({ ...IDENTITY, deep })[0]).toMatch(
			/is nested deeper than 64 levels: flatten it/,
		);
	});

	it('of 20 MB', () => {
		expect(problemsOf({ ...IDENTITY, a: 'x'.repeat(20 * 1024 * 1024) })).toEqual([
			'the profile is longer than 10 MB as JSON: send fewer or shorter attributes',
		]);
		expect(problemsOf({ ...IDENTITY, a: Array(3_000_000).fill(1) })[0]).toMatch(
			/longer than 10 MB/,
		);
	});

	it('with all that is wrong, as far as that can be read', () => {
		const ups = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`a${i}`, {}]));
		const problems = problemsOf({ ...IDENTITY, segmentMembership: { ups } });
		expect(problems).toHaveLength(21);
		expect(problems[20]).toBe('… and 10 more problems');
	});

	it('without the key of the destination', () => {
		expect(problemsOf(IDENTITY, 'email')[0]).toContain(
			'identityMap has no identity of the namespace "email", which is the profile key',
		);
		expect(problemsOf(IDENTITY, 'crm.id')[0]).toContain(
			'crm.id is missing, and it is the profile key',
		);
		expect(problemsOf({ ...IDENTITY, crm: { id: {} } }, 'crm.id')[0]).toContain('cannot be a key');
		expect(problemsOf(profileOf('a\nb'), 'ecid')[0]).toContain('no line breaks');
		expect(problemsOf(profileOf('x'.repeat(2_000)), 'ecid')[0]).toContain('1 to 1024 characters');
	});
});

describe('a profile is read', () => {
	it('as the page shows it', () => {
		const reading = readProfile(SAMPLE, keyOf('ecid'));
		expect(reading).toMatchObject({
			ok: true,
			profile: {
				source: SAMPLE,
				keys: SAMPLE.identityMap.ecid.map(({ id }) => id),
				keyIsCertain: false,
			},
		});
	});

	it('without memberships', () => {
		expect(readProfile(IDENTITY)).toMatchObject({ ok: true, profile: { memberships: undefined } });
		expect(problemsOf({ ...IDENTITY, segmentMembership: null })).toEqual([]);
	});

	it('with shared parts, which are no cycle', () => {
		const part = { a: 1 };
		expect(problemsOf({ ...IDENTITY, b: part, c: [part, part] })).toEqual([]);
	});

	it('with names of built-in members, which leave everything as it was', () => {
		const profile = JSON.parse(
			'{"identityMap":{"__proto__":[{"id":"1"}],"constructor":[{"id":"2"}]},"segmentMembership":{"__proto__":{"x":{"status":"realized"}}}}',
		) as object;
		expect(problemsOf(profile)).toEqual([]);
		expect(problemsOf(Object.create({ identityMap: { ecid: [{ id: '1' }] } }))[0]).toContain(
			'identityMap is missing',
		);
	});
});

describe('the profile key', () => {
	const ecids = { identityMap: { ECID: [{ id: 'a' }, { id: 'b', primary: true }, { id: 'a' }] } };

	it('is an identity, a primary one first, in whatever case the namespace is written', () => {
		expect(keysOf(ecids, 'ecid')).toEqual(['b', 'a']);
		expect(keysOf(ecids, 'identityMap.ECID')).toEqual(['b', 'a']);
		expect(readProfile(ecids, keyOf('ecid'))).toMatchObject({ profile: { keyIsCertain: true } });
	});

	it('is the value at a path', () => {
		const profile = { ...IDENTITY, crm: { id: 7 }, emails: ['x@y.example'] };
		expect(keysOf(profile, 'crm.id')).toEqual(['7']);
		expect(keysOf(profile, '/emails/0')).toEqual(['x@y.example']);
		expect(keysOf({ ...profile, id: 'top' }, '/id')).toEqual(['top']);
	});

	test.each([
		['', 'Profile Key is empty'],
		['a..b', 'Profile Key: "a..b" is no path'],
		['emails[*].id', 'names many values'],
	])('is refused as %j', (text, problem) => {
		expect(readProfileKey(text)).toMatchObject({
			ok: false,
			problem: expect.stringContaining(problem) as string,
		});
	});
});

describe('dates', () => {
	test.each([
		['2022-01-11T21:24:39Z', 1641936279000],
		['2019-04-15T02:41:50+0000', 1555296110000],
		['2019-04-15T02:41:50.123+02:00', 1555288910123],
		['2024-02-29', 1709164800000],
		['2022-01-11 21:24', 1641936240000],
	])('%s is one', (text, millis) => {
		expect(isDate(text)).toBe(true);
		expect(toMillis(text)).toBe(millis);
	});

	test.each([
		'',
		'YYYY-MM-DD',
		'2023-02-29',
		'2022-13-01',
		'2022-01-00',
		'2022-01-01T24:00:00Z',
		'now',
	])('%j is none', (text) => {
		expect(isDate(text)).toBe(false);
		expect(toMillis(text)).toBeUndefined();
	});

	it('numbers are UNIX milliseconds', () => {
		expect(toMillis(1648553325000)).toBe(1648553325000);
		expect(toMillis(NaN)).toBeUndefined();
		expect(toMillis(1e20)).toBeUndefined();
	});
});
