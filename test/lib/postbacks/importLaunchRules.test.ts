import fc from 'fast-check';
import {
	createPostbackEngine,
	DefinitionError,
	flattenHit,
	importLaunchRules,
} from '../../../lib/postbacks';
import { conformanceFiles } from './conformanceFiles';
import { env, processNow, thrown } from './make';

const always = { type: 'group', definition: { logic: 'and', conditions: [] } };
const match = (definition: object) => ({ type: 'matcher', definition });
const group = (logic: string, ...conditions: object[]) => ({
	type: 'group',
	definition: { logic, conditions },
});

function pb(detail: Record<string, unknown> = {}, over: Record<string, unknown> = {}) {
	return {
		id: 'c1',
		type: 'pb',
		detail: { templateurl: 'https://example.com/{%a%}', ...detail },
		...over,
	};
}

function file(condition: unknown, ...consequences: unknown[]) {
	return { version: 1, rules: [{ condition, consequences }] };
}

function problems(json: unknown): readonly string[] {
	const error = thrown(() => importLaunchRules(json));
	expect(error).toBeInstanceOf(DefinitionError);
	return (error as DefinitionError).problems;
}

function composed(json: unknown, hit: object) {
	const engine = createPostbackEngine(importLaunchRules(json));
	return processNow(engine, flattenHit(hit)).composed;
}

test('a rule with a postback and a PII postback', () => {
	const condition = group('or', match({ key: 'a', matcher: 'eq', values: ['x'] }));
	const json = file(
		condition,
		pb({ templatebody: 'b={%b%}', contenttype: 'zip', timeout: 5 }),
		pb({}, { id: 'c2', type: 'pii' }),
	);
	const tree = { logic: 'or', conditions: [{ key: 'a', matcher: 'eq', values: ['x'] }] };
	expect(importLaunchRules(JSON.stringify(json))).toEqual([
		{
			id: 'c1',
			name: 'Rule 1 (c1)',
			type: 'custom',
			active: true,
			dialect: 'launch',
			url: 'https://example.com/{%a%}',
			body: 'b={%b%}',
			contentType: 'zip',
			timeoutSeconds: 5,
			condition: tree,
			showRule: 'always',
		},
		expect.objectContaining({ id: 'c2', type: 'pii', condition: tree }),
	]);
});

test('a rule whose condition is a single matcher', () => {
	const json = file(match({ key: 'a', matcher: 'ex' }), pb());
	expect(composed(json, { a: 'v' })[0]?.request?.url).toBe('https://example.com/v');
	expect(composed(json, {})).toEqual([]);
});

test('the sample of Signal: POST with its content type, 2 s for a timeout of 0', () => {
	const json = file(always, pb({ templatebody: 'name={%name%}', contenttype: 'zip', timeout: 0 }));
	expect(composed(json, { name: 'x y' })[0]?.request).toEqual({
		method: 'POST',
		url: 'https://example.com/',
		headers: { 'Content-Type': 'zip' },
		body: 'name=x y',
		timeoutMs: 2000,
	});
});

test('a body that is empty after expansion makes a GET', () => {
	const request = composed(file(always, pb({ templatebody: '{%none%}' })), {})[0]?.request;
	expect(request).toMatchObject({ method: 'GET', headers: {} });
	expect(request).not.toHaveProperty('body');
});

test.each([
	['~timestampu', 'gt', env.now / 1000 - 10, true],
	['~timestampu', 'gt', env.now / 1000 + 10, false],
	['~timestampz', 'sw', '2024-05-01T10', true],
	['~timestampp', 'eq', '2024-05-01T10:00:00.123Z', true],
	['~sdkver', 'ex', '', false],
	['~type', 'eq', 'T', true],
	['~source', 'ex', '', false],
	['~state.x/y', 'nx', '', true],
])('a condition on %s %s %s', (key, matcher, value, expected) => {
	const json = file(match({ key, matcher, values: [value] }), pb());
	expect(composed(json, { '~type': 't' }).length > 0).toBe(expected);
});

describe('refused, by its path', () => {
	test.each<[string, unknown, string]>([
		['text that is no JSON', '[', 'Launch rules: not valid JSON'],
		['a file without rules', {}, 'rules: missing'],
		['a rule that is none', { rules: [null] }, 'rules[0]: must be an object'],
		['no consequences', { rules: [{ condition: always }] }, 'rules[0].consequences: missing'],
		['no condition', file(undefined, pb()), 'rules[0].condition: missing'],
		[
			'a historical condition',
			file(group('and', { type: 'historical', definition: {} }), pb()),
			'rules[0].condition.definition.conditions[0]: a historical condition',
		],
		[
			'an unknown condition',
			file({ type: 'x', definition: {} }, pb()),
			'rules[0].condition.type: "x"',
		],
		['an unknown logic', file(group('xor'), pb()), 'rules[0].condition.definition.logic: "xor"'],
		[
			'a group without conditions',
			file({ type: 'group', definition: { logic: 'or' } }, pb()),
			'definition.conditions: missing',
		],
		[
			'a matcher without a key',
			file(match({ matcher: 'ex' }), pb()),
			'rules[0].condition.definition.key: missing',
		],
		[
			'a matcher without a code',
			file(match({ key: 'a' }), pb()),
			'rules[0].condition.definition.matcher: missing',
		],
		[
			'nested values',
			file(match({ key: 'a', matcher: 'eq', values: [{}] }), pb()),
			'definition.values: must be a list',
		],
		[
			'another consequence',
			file(always, pb(), pb({}, { type: 'iam' })),
			'rules[0].consequences[1].type: "iam" is no postback',
		],
		['a consequence that is none', file(always, 5), 'rules[0].consequences[0]: must be'],
		[
			'a consequence without an ID',
			file(always, pb({}, { id: undefined })),
			'consequences[0].id: missing',
		],
		[
			'a consequence without details',
			file(always, pb({}, { detail: undefined })),
			'consequences[0].detail: missing',
		],
		[
			'no URL',
			file(always, pb({ templateurl: undefined })),
			'consequences[0].detail.templateurl: missing',
		],
		[
			'a body that is no text',
			file(always, pb({ templatebody: 5 })),
			'detail.templatebody: must be a text',
		],
		[
			'a timeout that is no number',
			file(always, pb({ timeout: '5' })),
			'detail.timeout: must be a number',
		],
		[
			'a data element',
			file(always, pb({ templatebody: 'x={%%ECID DATA%%}' })),
			'detail.templatebody: {%%ECID DATA%%} is a data element',
		],
	])('%s', (_, json, message) => {
		const all = problems(json);
		expect(all).toHaveLength(1);
		expect(all[0]).toContain(message);
	});

	test('all problems of all rules in one error', () => {
		const bad = file({ type: 'historical', definition: {} }, pb({}, { type: 'add' }));
		expect(problems({ rules: [...bad.rules, ...bad.rules] })).toHaveLength(4);
	});

	test('groups nested beyond the limit, without overflowing', () => {
		let condition: object = match({ key: 'a', matcher: 'ex' });
		for (let i = 0; i < 20_000; i++) condition = group('and', condition);
		expect(problems(file(condition, pb()))).toEqual([
			expect.stringMatching(/^rules\[0\]\.condition: groups are nested deeper than 200/),
		]);
	});

	test('a PII postback that is not https', () => {
		const json = file(always, pb({ templateurl: 'http://example.com' }, { type: 'pii' }));
		expect(() => createPostbackEngine(importLaunchRules(json))).toThrow('https only');
	});
});

test('whatever is pasted, nothing but a DefinitionError is thrown', () => {
	fc.assert(
		fc.property(fc.jsonValue(), (value) => {
			for (const json of [
				value,
				{ rules: value },
				{ rules: [value] },
				file(value, value),
				file(always, { id: 'x', type: 'pb', detail: value }),
			]) {
				try {
					createPostbackEngine(importLaunchRules(json));
				} catch (error) {
					expect(error).toBeInstanceOf(DefinitionError);
				}
			}
		}),
	);
});

const files = conformanceFiles('launch-rules', /\.json$/);

(files.length === 0 ? describe.skip : describe)("Adobe's own files", () => {
	test.each(files.length === 0 ? [['none', '']] : files)('%s does not crash', (_, text) => {
		try {
			const engine = createPostbackEngine(importLaunchRules(text));
			engine.match(flattenHit({}), 0);
		} catch (error) {
			expect(error).toBeInstanceOf(DefinitionError);
		}
	});

	test('enough of them hold postbacks', () => {
		const imported = files.filter(([, text]) => {
			try {
				return importLaunchRules(text).length > 0;
			} catch {
				return false;
			}
		});
		expect(imported.length).toBeGreaterThanOrEqual(15);
	});
});
