import {
	createPostbackEngine,
	DefinitionError,
	type PostbackDefinition,
	validateDefinitions,
} from '../../../lib/postbacks';
import { definition, requestOf, thrown } from './make';

function problems(...definitions: unknown[]): readonly string[] {
	const error = thrown(() => validateDefinitions(definitions as PostbackDefinition[]));
	expect(error).toBeInstanceOf(DefinitionError);
	return (error as DefinitionError).problems;
}

/** The one problem of a definition that differs from a valid one by `over`. */
function problem(over: Record<string, unknown>): string {
	const all = problems({ ...definition(), ...over });
	expect(all).toHaveLength(1);
	return all[0]!;
}

const trigger = (key: string, matcher: string, ...values: unknown[]) => ({
	condition: {
		triggers: [
			{ key: 'a', matcher: 'ex' },
			{ key, matcher, values },
		],
	},
});

test('a valid definition passes', () => {
	validateDefinitions([
		definition(),
		definition({
			id: 'p2',
			type: 'pii',
			dialect: 'launch',
			url: 'HTTPS://example.com:8443/{%foo%}?a={%urlenc(b)%}',
			body: '{%anything%}',
			contentType: 'application/json; charset=utf-8',
			timeoutSeconds: 0.5,
			showRule: 'once',
			visitorKey: 'mid',
			startDate: 0,
			endDate: 0,
			condition: { logic: 'or', conditions: [{ logic: 'and', conditions: [] }] },
		}),
	]);
});

describe('refused', () => {
	test.each<[string, Record<string, unknown>, string]>([
		['no ID', { id: '' }, 'ID: missing'],
		['an unknown type', { type: 'push' }, 'Type: "push" is not known: choose custom or pii'],
		['an unknown show rule', { showRule: 'untilClick' }, 'Show Rule: "untilClick"'],
		['an unknown dialect', { dialect: '5' }, 'Dialect: "5"'],
		['active that is no boolean', { active: 'yes' }, 'Active: must be'],
		['once without a visitor key', { showRule: 'once' }, 'Visitor Key: missing'],
		['a visitor key that is no text', { visitorKey: 5 }, 'Visitor Key: must be'],
		['no URL', { url: '' }, 'URL: missing'],
		[
			'a URL without a scheme',
			{ url: 'example.com/{a}' },
			'URL: begin the URL with http:// or https://',
		],
		['a URL of another scheme', { url: 'ftp://example.com/' }, 'URL: begin'],
		['a script URL', { url: 'javascript:alert(1)' }, 'URL: begin'],
		['a URL without slashes', { url: 'https:example.com' }, 'URL: begin'],
		['a URL with a space before it', { url: ' https://example.com/' }, 'URL: begin'],
		['a URL without a host', { url: 'https:///x' }, 'URL: "" is no host'],
		[
			'a URL with a broken host',
			{ url: 'http://exa mple.com/{a}' },
			'URL: "exa mple.com" is no host',
		],
		['a URL with a port that is none', { url: 'http://example.com:99999' }, 'is no host'],
		[
			'a PII URL that is not https',
			{ type: 'pii', url: 'http://example.com/' },
			'URL: a PII postback goes to https only',
		],
		['a PII URL that begins with a token', { type: 'pii', url: '{url}' }, 'https only'],
		[
			'an unknown variable in the URL',
			{ url: 'https://example.com/{%foo%}' },
			'URL: {%foo%} is no variable: use one of {%sdkver%} ',
		],
		['an unknown variable in the body', { body: '{%Foo%}' }, 'Body: {%Foo%} is no variable'],
		['a body that is no text', { body: {} }, 'Body: must be a text'],
		['an expression that is no text', { bodyExpression: 1 }, 'Body Expression: must be'],
		[
			'a body and an expression',
			{ body: 'a', bodyExpression: 'b' },
			'Body Expression: there is a body too',
		],
		[
			'a content type that begins another header',
			{ contentType: 'a/b\r\nX: y' },
			'Content Type: must be one line',
		],
		['a content type that is no text', { contentType: 5 }, 'Content Type'],
		['a negative timeout', { timeoutSeconds: -1 }, 'Timeout: must be a number of seconds'],
		['a timeout over an hour', { timeoutSeconds: 3601 }, 'Timeout'],
		['a timeout that is no number', { timeoutSeconds: NaN }, 'Timeout'],
		['a start date that is none', { startDate: '2024' }, 'Start Date'],
		['an end date that is none', { endDate: Infinity }, 'End Date'],
		['an end before the start', { startDate: 2, endDate: 1 }, 'End Date: lies before'],
		['no condition', { condition: undefined }, 'Condition: missing'],
		['triggers that are no list', { condition: { triggers: {} } }, 'Triggers: must be a list'],
		['a trigger that is none', { condition: { triggers: [null] } }, 'Triggers › 1: must be'],
		['a trigger without a key', trigger('', 'eq', 'x'), 'Triggers › 2 › Key: missing'],
		['a trigger without a matcher', trigger('a', '', 'x'), 'Triggers › 2 › Matcher: missing'],
		[
			'a trigger on a date that is none',
			trigger('a', 'on', '02/30/2024'),
			'Triggers › 2 › Value: "02/30/2024" is no date: write MM/DD/YYYY',
		],
		['a trigger without a date', trigger('a', 'before'), 'Triggers › 2 › Value: missing'],
		[
			'a trigger over what is no number',
			trigger('a', 'gt', 'ten'),
			'Triggers › 2 › Value: "ten" is no number',
		],
		['nested values', trigger('a', 'eq', { b: 1 }), 'Triggers › 2 › Value: every value must be'],
		[
			'values that are no list',
			{ condition: { traits: [{ key: 'a', matcher: 'eq', values: 'x' }] } },
			'Traits › 1 › Value: must be a list',
		],
		[
			'a logic that is none',
			{ condition: { logic: 'xor', conditions: [] } },
			'Condition › Logic: "xor"',
		],
		[
			'a group without conditions',
			{ condition: { logic: 'or' } },
			'Condition › Conditions: must be',
		],
		[
			'a nested condition that is none',
			{ condition: { logic: 'or', conditions: [{ logic: 'and', conditions: [5] }] } },
			'Condition › 1 › 1: must be',
		],
	])('%s', (_, over, message) => {
		expect(problem(over)).toContain(`Postbacks › "My postback" › ${message}`.split(' › ')[0]);
		expect(problem(over)).toContain(message);
	});

	test('no name, by its place', () => {
		expect(problem({ name: '' })).toBe('Postbacks › 1 › Name: missing: give the postback a name');
	});

	test('what is no definition at all', () => {
		expect(problems(null, 5)).toEqual([
			'Postbacks › 1: must be a postback definition',
			'Postbacks › 2: must be a postback definition',
		]);
	});

	test('two definitions without an ID, which is not one ID for both', () => {
		expect(problems(definition({ id: '' }), definition({ id: '' }))).toHaveLength(2);
	});

	test('two definitions of one ID', () => {
		expect(problems(definition(), definition({ id: 'x' }), definition({ name: 'Other' }))).toEqual([
			'Postbacks › "Other" › ID: "p1" is already the ID of Postbacks › "My postback": give each its own',
		]);
	});

	test('groups nested beyond the limit, without overflowing', () => {
		let condition: object = { key: 'a', matcher: 'ex' };
		for (let i = 0; i < 20_000; i++) condition = { logic: 'and', conditions: [condition] };
		expect(problem({ condition })).toBe(
			'Postbacks › "My postback" › Condition: groups are nested deeper than 200 levels: flatten them',
		);
		const atLimit = (count: number) => {
			let group: object = { logic: 'and', conditions: [] };
			for (let i = 1; i < count; i++) group = { logic: 'and', conditions: [group] };
			return group;
		};
		expect(problem({ condition: atLimit(201) })).toContain('deeper than 200 levels');
	});

	test('everything at once, in one error', () => {
		const error = thrown(() => createPostbackEngine([definition({ url: '', body: '{%x%}' })]));
		expect((error as Error).message.split('\n')).toHaveLength(2);
	});

	test('ten thousand problems in a message of bounded length', () => {
		const bad = Array.from({ length: 10_000 }, (_, i) => definition({ id: `${i}`, url: '' }));
		const error = thrown(() => validateDefinitions(bad)) as DefinitionError;
		expect(error.problems).toHaveLength(10_000);
		expect(error.message).toContain('and 9950 more problems');
	});
});

test('groups nested up to the limit are matched', () => {
	let condition: { logic: 'and'; conditions: never[] } = { logic: 'and', conditions: [] };
	for (let i = 1; i < 200; i++) condition = { logic: 'and', conditions: [condition as never] };
	expect(requestOf({ condition }, {}).url).toBe('https://example.com/');
});

test('an unknown matcher is no problem', () => {
	validateDefinitions([definition({ condition: { triggers: [{ key: 'a', matcher: 'regex' }] } })]);
});

test.each([
	'{url}',
	'ht{rest}',
	'https://{host}/',
	'http://a.{domain}',
	'https://example.com{path}',
])('a URL that only a hit can complete passes: %s', (url) => {
	validateDefinitions([definition({ url })]);
});
