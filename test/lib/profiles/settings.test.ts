import { readChanges, updatedAttributes } from '../../../lib/profiles/changes';
import { DestinationError } from '../../../lib/profiles/errors';
import { profileKeyHint, readMappings } from '../../../lib/profiles/mappings';
import { EACH, readPath, writePath } from '../../../lib/profiles/path';
import { readProfileKey } from '../../../lib/profiles/profileKey';
import { mapped } from './make';

describe('paths', () => {
	test.each([
		['person', ['person']],
		[' person.name.firstName ', ['person', 'name', 'firstName']],
		['_acme.loyalty-points.2024x', ['_acme', 'loyalty-points', '2024x']],
		['phones[0].number', ['phones', '0', 'number']],
		['phones.0.number', ['phones', '0', 'number']],
		['phones[*].number', ['phones', EACH, 'number']],
		['phones.*.number', ['phones', EACH, 'number']],
		['a["b.c"].d', ['a', 'b.c', 'd']],
		["['a b']", ['a b']],
		['/person/name', ['person', 'name']],
		['/a~1b/c~0d', ['a/b', 'c~d']],
		['/phones/-', ['phones', EACH]],
		['größe.名前', ['größe', '名前']],
	])('%j is one', (text, segments) => {
		expect(readPath(text)).toEqual({ ok: true, segments });
	});

	test.each([
		['', 'the path is empty'],
		['   ', 'the path is empty'],
		['.a', 'a name is missing beside a dot'],
		['a.', 'a name is missing beside a dot'],
		['a..b', 'a name is missing beside a dot'],
		['a.[0]', 'a name is missing beside a dot'],
		['a[', '"[" cannot stand there'],
		['a]b', '"]b" cannot stand there'],
		['a[x]', '"[x]" cannot stand there'],
		['a[-1]', 'cannot stand there'],
		['a"b', 'holds characters that need quotes'],
		['a\nb', 'holds characters that need quotes'],
		['/', 'a name is missing between two slashes'],
		['/a//b', 'a name is missing between two slashes'],
		['/a~2', 'write ~0 for "~"'],
		['$.person', 'leave the "$" out'],
		['a.__proto__.b', '"__proto__" names no attribute'],
		[Array(70).fill('a').join('.'), 'deeper than 64 levels'],
	])('%j is refused', (text, problem) => {
		expect(readPath(text)).toMatchObject({
			ok: false,
			problem: expect.stringContaining(problem) as string,
		});
	});

	test.each(['a.b', 'a[0].b', 'a[*]', 'a["b.c"]', '["*"]'])(
		'%s is written as it was read',
		(text) => {
			const reading = readPath(text);
			expect(reading.ok && writePath(reading.segments)).toBe(text);
		},
	);
});

describe('mappings', () => {
	it('are read from plain objects', () => {
		const mappings = readMappings(
			[
				{ id: ' x ', name: 'X', created: '2022-03-29T11:28:45Z', updated: 1648553330000 },
				{ id: 'x', namespace: 'aam', name: '', created: '' },
				'y',
			],
			['person.name', { path: '/person/name' }, { path: 'crmId' }],
		);
		expect(mappings.audiences).toEqual([
			{ id: 'x', name: 'X', created: 1648553325000, updated: 1648553330000 },
			{ id: 'x', namespace: 'aam' },
			{ id: 'y' },
		]);
		expect(mappings.attributes.map(({ path }) => path)).toEqual(['person.name', 'crmId']);
		expect(mappings.find('ups', 'x')?.name).toBe('X');
		expect(mappings.find('aam', 'x')?.namespace).toBe('aam');
		expect(mappings.find('ups', 'z')).toBeUndefined();
		expect(readMappings(undefined, null).audiences).toEqual([]);
	});

	test.each<[string, unknown, unknown, string]>([
		['audiences that are no list', {}, [], 'Mapped Audiences: must be a list'],
		['an audience that is none', [7], [], 'Mapped Audiences › 1: is no audience'],
		['an audience without an ID', ['a', { name: 'X' }], [], 'Mapped Audiences › 2 › ID: missing'],
		[
			'a name that is none',
			[{ id: 'x', name: 7 }],
			[],
			'Mapped Audiences › 1 › Name: must be a text',
		],
		[
			'a date that is none',
			[{ id: 'x', created: 'soon' }],
			[],
			'Mapped Audiences › 1 › Created: is no date: give UNIX milliseconds or ISO 8601',
		],
		['an audience twice', ['x', { id: 'x' }], [], 'Mapped Audiences › 2: "x" is mapped already'],
		['a path that is none', [], ['a..b'], 'Mapped Attributes › 1 › Path: "a..b" is no path'],
		['an attribute without a path', [], [{}], 'Mapped Attributes › 1 › Path: missing'],
		['a path that begins with an array', [], ['[*].a'], 'begins with an array'],
		[
			'the memberships',
			[],
			['segmentMembership.ups'],
			'segmentMembership is always exported as a whole',
		],
		['the identities', [], ['/identityMap'], 'identityMap is always exported as a whole'],
	])('refuse %s', (_, audiences, attributes, problem) => {
		expect(() => readMappings(audiences, attributes)).toThrow(DestinationError);
		expect(() => readMappings(audiences, attributes)).toThrow(problem);
	});

	it('name everything that is wrong at once', () => {
		expect(() => readMappings([{}, 7], ['.'])).toThrow(/› 1 › ID.*\n.*› 2: .*\n.*› 1 › Path/);
	});
});

describe('the hint about the profile key', () => {
	const hint = (key: string, attributes: string[]) => {
		const reading = readProfileKey(key);
		return reading.ok ? profileKeyHint(reading.key, mapped([], attributes)) : 'refused';
	};

	it('comes when its path is not mapped', () => {
		expect(hint('personalEmail.address', ['person'])).toContain('map it too');
		expect(hint('personalEmail.address', ['personalEmail.address.x'])).toContain('map it too');
	});

	it('does not come when it is exported', () => {
		expect(hint('personalEmail.address', ['personalEmail'])).toBeUndefined();
		expect(hint('ecid', [])).toBeUndefined();
	});
});

describe('what changed', () => {
	const { attributes } = mapped(
		[],
		['person.name.firstName', 'phones[*].number', 'emails.address'],
	);
	const updated = (changed: unknown) => {
		const reading = readChanges(changed);
		if (!reading.ok) throw new Error(reading.problem);
		return updatedAttributes(reading.changes, attributes);
	};

	test.each<[unknown, string[]]>([
		[['person.name.firstName'], ['person.name.firstName']],
		['person, emails', ['person.name.firstName', 'emails.address']],
		[['/person/name'], ['person.name.firstName']],
		[['person.name.firstName.x'], ['person.name.firstName']],
		[['person.name.lastName'], []],
		[['phones[3].number'], ['phones[*].number']],
		[['phones.number'], ['phones[*].number']],
		[['phones[3].kind'], []],
		[['/phones/-'], ['phones[*].number']],
		[['/emails/0/address'], ['emails.address']],
		[[{ op: 'replace', path: '/person/name/firstName', value: 'x' }], ['person.name.firstName']],
		[[{ op: 'move', from: '/person', path: '/people' }], ['person.name.firstName']],
		[['attributes'], ['person.name.firstName', 'phones[*].number', 'emails.address']],
		[
			[{ op: 'replace', path: '' }],
			['person.name.firstName', 'phones[*].number', 'emails.address'],
		],
		[['segmentMembership', 'identityMap'], []],
		[[], []],
	])('%j updates %j', (changed, expected) => {
		expect(updated(changed)).toEqual(expected);
	});

	it('can be areas and memberships', () => {
		expect(
			readChanges(['segmentMembership.ups.x', '/segmentMembership/aam', 'identityMap.ecid']),
		).toMatchObject({
			changes: {
				memberships: [{ namespace: 'ups', audience: 'x' }, { namespace: 'aam' }],
				identityMap: true,
				attributes: [],
			},
		});
	});

	test.each<[string, unknown, string]>([
		['nothing', undefined, 'the event does not say what changed'],
		['an object', {}, 'the event does not say what changed'],
		['a path that is none', ['a..b'], 'what changed (1): "a..b" is no path'],
		['an operation without a path', [{ op: 'add' }], 'what changed (1)'],
		['a number', ['a', 7], 'what changed (2): "7" is no text'],
		['too much', Array(10_001).fill('a'), 'more than 10000 changes'],
	])('is refused as %s', (_, changed, problem) => {
		expect(readChanges(changed)).toMatchObject({
			ok: false,
			problem: expect.stringContaining(problem) as string,
		});
	});
});
