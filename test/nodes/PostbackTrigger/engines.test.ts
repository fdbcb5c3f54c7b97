import type { INodeParameters } from 'n8n-workflow';
import { DefinitionError, flattenHit } from '../../../lib/postbacks';
import {
	engineParameters,
	matchingOf,
	type EngineParameters,
} from '../../../nodes/PostbackTrigger/engines';
import { postbackScope } from '../../../nodes/PostbackTrigger/scope';
import { hasExpression } from '../../../nodes/shared/parameters';
import { fakeContext } from '../harness/contexts';

const engineOf = (scope: string, parameters: EngineParameters) => {
	const matching = matchingOf(scope, parameters);
	if (matching.filter) throw new Error('It takes events');
	return matching.engine;
};

const postbacks = (url: string, more = {}) => ({
	postback: [{ name: 'P', active: true, url, ...more }],
});
const fields = (url = 'https://a.example/', more: Partial<EngineParameters> = {}) => ({
	definitionsFrom: 'fields',
	postbacks: postbacks(url),
	...more,
});

const compose = async (parameters: EngineParameters, hit: object, scope = 'compose') =>
	await engineOf(scope, parameters).process(flattenHit(hit), { now: 0, random: () => 0 });

describe('the compiled postbacks of a node', () => {
	test('are kept as long as its parameters stay the same, however often n8n copies them', () => {
		const engine = engineOf('kept', fields());
		expect(engineOf('kept', structuredClone(fields()))).toBe(engine);
	});

	test.each([
		['a URL', fields('https://b.example/')],
		['the privacy default', fields(undefined, { privacyDefault: 'optedout' })],
		['the privacy key', fields(undefined, { privacyKey: 'privacy' })],
		['an option', fields(undefined, { settings: { sdkVersion: '5' } })],
		[
			'where they come from',
			{ ...fields(), definitionsFrom: 'mobileConfig', mobileConfig: { messages: [] } },
		],
		['launch rules', { definitionsFrom: 'launchRules', launchRules: { rules: [] } }],
	])('are compiled anew when %s changes', (_name, changed) => {
		const engine = engineOf('changed', fields());
		const anew = engineOf('changed', changed);
		expect(anew).not.toBe(engine);
		expect(engineOf('changed', changed)).toBe(anew);
	});

	test('are not those of another node', () => {
		expect(engineOf('a/1', fields())).not.toBe(engineOf('a/2', fields()));
	});

	test('stay in force when a change is wrong', () => {
		const engine = engineOf('wrong', fields());
		expect(() => engineOf('wrong', fields(''))).toThrow(DefinitionError);
		expect(engineOf('wrong', fields())).toBe(engine);
	});
});

describe('what the settings do', () => {
	test('an opted-out default sends nothing; a hit that says otherwise does', async () => {
		const parameters = fields(undefined, { privacyDefault: 'optedout', privacyKey: 'privacy' });
		expect((await compose(parameters, {})).composed).toEqual([]);
		expect((await compose(parameters, { privacy: 'optedin' })).composed).toHaveLength(1);
	});

	test('opted in is the default', async () => {
		expect((await compose(fields(), {})).composed).toHaveLength(1);
	});

	test('the PII key marks what collectPII has collected', async () => {
		const pii = { ...fields(), postbacks: postbacks('https://a.example/', { type: 'pii' }) };
		const named = { ...pii, settings: { piiKey: 'mine' } };
		expect((await compose(pii, { collectPII: 'true' })).composed).toHaveLength(1);
		expect((await compose(named, { collectPII: 'true' })).composed).toHaveLength(0);
		expect((await compose(named, { mine: 'true' })).composed).toHaveLength(1);
	});

	test('the SDK version stands where the hit does not say', async () => {
		const parameters = fields('https://a.example/{%sdkver%}', { settings: { sdkVersion: '4.6' } });
		expect((await compose(parameters, {})).composed[0].request?.url).toBe('https://a.example/4.6');
	});

	test.each([
		[undefined, '{"q":"a\\"b"}'],
		[true, '{"q":"a\\"b"}'],
		[false, '{"q":"a"b"}'],
	])(
		'values in JSON bodies are escaped unless that is switched off (%s)',
		async (jsonEscape, body) => {
			const more = { bodyFrom: 'template', body: '{"q":"{q}"}', contentType: 'application/json' };
			const parameters: EngineParameters = {
				definitionsFrom: 'fields',
				postbacks: postbacks('https://a.example/', more),
				...(jsonEscape === undefined ? {} : { settings: { jsonEscape } }),
			};
			expect((await compose(parameters, { q: 'a"b' })).composed[0].request?.body).toBe(body);
		},
	);
});

describe('reading the parameters', () => {
	const node: INodeParameters = {
		definitionsFrom: 'fields',
		postbacks: postbacks('https://a.example/'),
		privacyDefault: 'optedin',
		settings: {},
		path: 'hits',
		sampleHit: '{}',
	};

	test('without an expression n8n is asked for nothing', () => {
		const context = fakeContext({ parameters: node });
		expect(engineParameters(context)).toMatchObject({ definitionsFrom: 'fields', settings: {} });
		expect(context.asked).toEqual([]);
	});

	test('with one, n8n is asked for that parameter alone', () => {
		const context = fakeContext({
			parameters: { ...node, postbacks: postbacks('={{ $env.HOST }}/x') },
			evaluated: { postbacks: postbacks('https://env.example/x') },
		});
		expect(engineParameters(context).postbacks).toEqual(postbacks('https://env.example/x'));
		expect(context.asked).toEqual(['postbacks']);
	});

	test('what does not define postbacks does not take part', () => {
		expect(engineParameters(fakeContext({ parameters: node }))).not.toHaveProperty('path');
	});

	test.each([
		['={{ 1 }}', true],
		['text = text', false],
		['', false],
		[5, false],
		[null, false],
		[undefined, false],
		[{ a: [{ b: '=x' }] }, true],
		[{ a: [{ b: 'x' }, 5, null] }, false],
	])('an expression is found wherever it stands: %j', (value, expected) => {
		expect(hasExpression(value)).toBe(expected);
	});
});

test('a trigger is named by its workflow and its node', () => {
	expect(postbackScope('w', 'n')).toBe('w/n');
	expect(postbackScope(undefined, 'n')).toBe('unsaved/n');
});
