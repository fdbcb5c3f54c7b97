import {
	createPostbackEngine,
	DefinitionError,
	flattenHit,
	POSTBACK_EXAMPLES,
	type PostbackDefinition,
} from '../../../lib/postbacks';
import {
	readDefinitions,
	type DefinitionParameters,
} from '../../../nodes/PostbackTrigger/definitions';

type Fields = NonNullable<NonNullable<DefinitionParameters['postbacks']>['postback']>[number];

const locator = (value: string, mode = 'id') => ({ __rl: true as const, mode, value });

const define = (...postback: Fields[]) =>
	readDefinitions({ definitionsFrom: 'fields', postbacks: { postback } });

const defineOne = (fields: Fields): PostbackDefinition =>
	define({ name: 'One', url: 'https://a.example/', ...fields })[0];

/** Whether the definitions can be used at all, with every problem if not. */
function compiled(definitions: PostbackDefinition[]): string {
	try {
		createPostbackEngine(definitions);
		return 'fine';
	} catch (error) {
		return (error as Error).message;
	}
}

describe('a postback in the fields', () => {
	test('with nothing but a name and a URL is an inactive GET for every hit', () => {
		expect(defineOne({})).toEqual({
			id: 'One',
			name: 'One',
			type: 'custom',
			active: false,
			dialect: 'mobile',
			url: 'https://a.example/',
			showRule: 'always',
			condition: { triggers: [], traits: [] },
		});
	});

	test('with everything', () => {
		expect(
			defineOne({
				name: ' All ',
				active: true,
				type: 'pii',
				url: ' https://a.example/{id} ',
				bodyFrom: 'template',
				body: '{"id":"{id}"}',
				contentType: 'application/json',
				timeoutSeconds: 5,
				showRule: 'once',
				visitorKey: 'mid',
				startDate: '2026-01-01T00:00:00Z',
				endDate: '2026-02-01T00:00:00Z',
			}),
		).toEqual({
			id: 'All',
			name: 'All',
			type: 'pii',
			active: true,
			dialect: 'mobile',
			url: 'https://a.example/{id}',
			body: '{"id":"{id}"}',
			contentType: 'application/json',
			timeoutSeconds: 5,
			showRule: 'once',
			visitorKey: 'mid',
			startDate: Date.UTC(2026, 0, 1),
			endDate: Date.UTC(2026, 1, 1),
			condition: { triggers: [], traits: [] },
		});
	});

	test('is known by its name, so that moving others does not change what was sent once', () => {
		const [first, second] = define({ name: 'B' }, { name: 'A' });
		expect([first.id, second.id]).toEqual(['B', 'A']);
		expect(define({ name: 'A' })[0].id).toBe('A');
	});

	test('without a name is known by its place', () => {
		expect(define({ name: '' }, {}).map(({ id, name }) => [id, name])).toEqual([
			['postback 1', 'Postback 1'],
			['postback 2', 'Postback 2'],
		]);
	});

	test('a visitor key without "once" does nothing', () => {
		expect(defineOne({ visitorKey: 'mid' })).not.toHaveProperty('visitorKey');
	});

	test('no postbacks at all are no mistake', () => {
		expect(readDefinitions({ definitionsFrom: 'fields', postbacks: {} })).toEqual([]);
		expect(readDefinitions({})).toEqual([]);
	});

	test('all that are defined come out, in their order', () => {
		expect(define({ name: 'B' }, { name: 'A' }).map(({ name }) => name)).toEqual(['B', 'A']);
	});
});

describe('conditions', () => {
	const conditionOf = (condition: Record<string, unknown>) =>
		defineOne({ triggers: { conditions: [condition] } } as Fields).condition;

	test.each([
		[
			'another key, by name',
			{ kind: 'other', otherKey: locator('pageName'), otherMatcher: 'eq', value: 'Main' },
			{ key: 'pageName', matcher: 'eq', values: ['Main'] },
		],
		[
			'another key, from the list',
			{ kind: 'other', otherKey: locator('a.AppID', 'list'), otherMatcher: 'sw', value: 'X' },
			{ key: 'a.AppID', matcher: 'sw', values: ['X'] },
		],
		[
			'another key, as plain text of an expression',
			{ kind: 'other', otherKey: ' pageName ', otherMatcher: 'co', value: 'x' },
			{ key: 'pageName', matcher: 'co', values: ['x'] },
		],
		[
			'a variable',
			{ kind: 'variable', variableKey: 'a.DeviceName', variableMatcher: 'nc', value: 'iPad' },
			{ key: 'a.DeviceName', matcher: 'nc', values: ['iPad'] },
		],
		[
			'a metric, whose values are numbers',
			{ kind: 'metric', metricKey: 'a.Launches', metricMatcher: 'ge', value: '10' },
			{ key: 'a.Launches', matcher: 'ge', values: [10] },
		],
		[
			'a metric with several alternatives, one of which is no number',
			{ kind: 'metric', metricKey: 'a.Launches', metricMatcher: 'eq', value: '1.5\n-2\nmany' },
			{ key: 'a.Launches', matcher: 'eq', values: [1.5, -2, 'many'] },
		],
		[
			'a date',
			{ kind: 'date', dateKey: 'a.InstallDate', dateMatcher: 'before', value: '01/31/2026' },
			{ key: 'a.InstallDate', matcher: 'before', values: ['01/31/2026'] },
		],
		[
			'alternatives on lines of their own, without the blank ones',
			{ kind: 'other', otherKey: 'k', otherMatcher: 'eq', value: 'a\n\n b \r\nc d\n' },
			{ key: 'k', matcher: 'eq', values: ['a', 'b', 'c d'] },
		],
		[
			'a number on another key stays the text that was written',
			{ kind: 'other', otherKey: 'zip', otherMatcher: 'eq', value: '01234' },
			{ key: 'zip', matcher: 'eq', values: ['01234'] },
		],
		[
			'existence needs no value',
			{ kind: 'metric', metricKey: 'a.CrashEvent', metricMatcher: 'ex', value: '' },
			{ key: 'a.CrashEvent', matcher: 'ex', values: [] },
		],
		[
			'without a kind it is another key',
			{ otherKey: 'k', otherMatcher: 'ex' },
			{ key: 'k', matcher: 'ex', values: [] },
		],
	])('%s', (_name, fields, expected) => {
		expect(conditionOf(fields)).toEqual({ triggers: [expected], traits: [] });
	});

	test('triggers and traits are kept apart, all of them', () => {
		const one = (key: string) => ({ kind: 'other', otherKey: key, otherMatcher: 'ex' });
		const { condition } = defineOne({
			triggers: { conditions: [one('a'), one('b')] },
			traits: { conditions: [one('c')] },
		});
		expect(condition).toEqual({
			triggers: [
				{ key: 'a', matcher: 'ex', values: [] },
				{ key: 'b', matcher: 'ex', values: [] },
			],
			traits: [{ key: 'c', matcher: 'ex', values: [] }],
		});
	});

	const refused: [string, Record<string, unknown>, RegExp][] = [
		['a key that is missing', { otherMatcher: 'ex' }, /"One" › Triggers › 1 › Key: missing/],
		['a condition that is missing', { otherKey: 'k' }, /Triggers › 1 › Matcher: missing/],
		[
			'a number condition without a number',
			{ kind: 'metric', metricKey: 'm', metricMatcher: 'gt', value: 'x' },
			/Triggers › 1 › Value: "x" is no number/,
		],
		[
			'a date that is none',
			{ kind: 'date', dateKey: 'd', dateMatcher: 'on', value: '31.12.2026' },
			/Triggers › 1 › Value: "31.12.2026" is no date/,
		],
	];

	test.each(refused)('refused: %s', (_name, condition, expected) => {
		const definition = defineOne({ triggers: { conditions: [condition] } } as Fields);
		expect(compiled([definition])).toMatch(expected);
	});
});

describe('query parameters', () => {
	const urlWith = (url: string, ...parameter: { name?: string; value?: unknown }[]) =>
		defineOne({ url, query: { parameter } as Fields['query'] }).url;

	test.each([
		[
			'stand at the end of the URL',
			'https://a.example/x',
			'https://a.example/x?device={a.DeviceName}&c27=cln,{n}',
		],
		[
			'go on where the URL has a query',
			'https://a.example/x?y=1',
			'https://a.example/x?y=1&device={a.DeviceName}&c27=cln,{n}',
		],
		[
			'stand before a fragment',
			'https://a.example/x#top#end',
			'https://a.example/x?device={a.DeviceName}&c27=cln,{n}#top#end',
		],
	])('%s', (_name, url, expected) => {
		const parameters = [
			{ name: 'device', value: locator('{a.DeviceName}', 'list') },
			{ name: 'c27', value: locator('cln,{n}', 'text') },
		];
		expect(urlWith(url, ...parameters)).toBe(expected);
	});

	test('have names that are encoded', () => {
		expect(urlWith('https://a.example/', { name: 'a b&c', value: '{k}' })).toBe(
			'https://a.example/?a%20b%26c={k}',
		);
	});

	test('without a name are left out, without a value are empty', () => {
		expect(urlWith('https://a.example/', { name: '', value: 'x' }, { name: 'y' })).toBe(
			'https://a.example/?y=',
		);
	});

	test('do not make a URL where there is none', () => {
		expect(urlWith('', { name: 'x', value: '1' })).toBe('');
		expect(compiled([defineOne({ url: '' })])).toMatch(/"One" › URL: missing/);
	});
});

describe('bodies', () => {
	test.each([
		['none', {}],
		['template', { body: 'x={y}', contentType: 'text/plain' }],
		['jsonata', { bodyExpression: '{ "x": y }', contentType: 'text/plain' }],
	])('from %s', (bodyFrom, expected) => {
		const definition = defineOne({
			bodyFrom,
			body: 'x={y}',
			bodyExpression: '{ "x": y }',
			contentType: 'text/plain',
		});
		const { body, bodyExpression, contentType } = definition;
		const given = Object.entries({ body, bodyExpression, contentType }).filter(
			([, value]) => value !== undefined,
		);
		expect(Object.fromEntries(given)).toEqual(expected);
	});

	test('without a content type leave it to the body what it is', () => {
		for (const contentType of ['', undefined]) {
			const fields = contentType === undefined ? {} : { contentType };
			expect(defineOne({ bodyFrom: 'template', body: 'x', ...fields })).not.toHaveProperty(
				'contentType',
			);
		}
	});

	test('that are left empty are empty texts', () => {
		expect(defineOne({ bodyFrom: 'template' }).body).toBe('');
		expect(defineOne({ bodyFrom: 'jsonata' }).bodyExpression).toBe('');
	});

	test('refused: an expression that JSONata cannot read', () => {
		expect(compiled([defineOne({ bodyFrom: 'jsonata', bodyExpression: '{' })])).toMatch(
			/"One" › Body Expression: /,
		);
	});
});

describe('templates to start from', () => {
	const url = 'https://mine.example/';

	test.each(POSTBACK_EXAMPLES.map((example) => [example.definition.id, example] as const))(
		'%s brings type, triggers, body and content type, and can be used',
		(template, { definition }) => {
			const made = defineOne({ template, url, active: true });
			expect(made).toMatchObject({
				name: 'One',
				url,
				active: true,
				type: definition.type,
				condition: { triggers: (definition.condition as { triggers: unknown }).triggers },
			});
			expect([made.body, made.contentType]).toEqual([definition.body, definition.contentType]);
			expect(compiled([made])).toBe('fine');
		},
	);

	const [example] = POSTBACK_EXAMPLES;

	test('a content type beside the body of the template is not of this body, and not taken', () => {
		const made = defineOne({ template: example.definition.id, url, contentType: 'text/plain' });
		expect(made.contentType).toBe(example.definition.contentType);
	});

	test('what is filled in goes before it', () => {
		const made = defineOne({
			template: example.definition.id,
			url,
			bodyFrom: 'template',
			body: 'mine',
			contentType: 'text/plain',
			triggers: { conditions: [{ otherKey: 'k', otherMatcher: 'ex' }] },
			traits: { conditions: [{ otherKey: 't', otherMatcher: 'ex' }] },
		});
		expect(made).toMatchObject({ body: 'mine', contentType: 'text/plain' });
		expect(made.condition).toEqual({
			triggers: [{ key: 'k', matcher: 'ex', values: [] }],
			traits: [{ key: 't', matcher: 'ex', values: [] }],
		});
	});

	test('traits of its own keep the triggers of the template', () => {
		const made = defineOne({
			template: example.definition.id,
			url,
			traits: { conditions: [{ otherKey: 't', otherMatcher: 'ex' }] },
		});
		expect(made.condition).toMatchObject({
			triggers: [{ key: 'pageName' }],
			traits: [{ key: 't' }],
		});
	});

	test("an expression takes the place of the template's body", () => {
		const made = defineOne({
			template: example.definition.id,
			url,
			bodyFrom: 'jsonata',
			bodyExpression: '$',
		});
		expect(made.body).toBeUndefined();
		expect(compiled([made])).toBe('fine');
	});

	test('refused: a template without an address of its own, which would go to the example', () => {
		expect(() => defineOne({ template: example.definition.id, url: ' ' })).toThrow(DefinitionError);
		expect(() => defineOne({ template: example.definition.id, url: '' })).toThrow(
			/Postbacks › "One" › URL: .* needs your own address here, such as https:\/\/my\.server\.com/,
		);
	});

	test('a template that is not known is as good as none', () => {
		expect(defineOne({ template: 'blank' })).toEqual(defineOne({}));
	});
});

describe('dates', () => {
	test('refused: one that is none, by its field', () => {
		expect(() => defineOne({ startDate: 'soon' })).toThrow('"One" › Start Date: "soon" is no date');
		expect(() => defineOne({ endDate: 'later' })).toThrow('"One" › End Date: "later" is no date');
	});

	test('refused: an end before the start', () => {
		const definition = defineOne({ startDate: '2026-02-01', endDate: '2026-01-01' });
		expect(compiled([definition])).toMatch(/End Date: lies before the start date/);
	});

	test('empty ones are none', () => {
		const definition = defineOne({ startDate: '', endDate: null as unknown as string });
		expect(definition).not.toHaveProperty('startDate');
		expect(definition).not.toHaveProperty('endDate');
	});
});

describe('refused for what two fields say together', () => {
	test.each([
		[
			'two postbacks of one name',
			define({ name: 'A', url: 'https://a.example/' }, { name: 'A', url: 'https://b.example/' }),
			/already the ID of/,
		],
		['"once" without a visitor key', [defineOne({ showRule: 'once' })], /Visitor Key: missing/],
		['PII to http', [defineOne({ type: 'pii', url: 'http://a.example/' })], /URL: .*https/],
		['a timeout below zero', [defineOne({ timeoutSeconds: -1 })], /Timeout: must be/],
	])('%s', (_name, definitions, expected) => {
		expect(compiled(definitions)).toMatch(expected);
	});
});

describe('from an ADBMobileConfig.json', () => {
	const config = {
		messages: [
			{
				messageId: 'm1',
				template: 'callback',
				showRule: 'always',
				payload: { templateurl: 'https://a.example/{id}' },
				triggers: [{ key: 'pageName', matches: 'eq', values: ['Main'] }],
			},
		],
	};

	test.each([
		['as the text that was pasted', JSON.stringify(config)],
		['as the object that an expression gives', config],
	])('%s', (_name, mobileConfig) => {
		expect(readDefinitions({ definitionsFrom: 'mobileConfig', mobileConfig })).toMatchObject([
			{ id: 'm1', active: true, dialect: 'mobile', url: 'https://a.example/{id}' },
		]);
	});

	test('refused: text that is no JSON, by the field and with the mend', () => {
		expect(() =>
			readDefinitions({ definitionsFrom: 'mobileConfig', mobileConfig: '{"messages":' }),
		).toThrow(/^ADBMobileConfig\.json is no valid JSON: .*Paste the whole file\.$/);
	});

	test('refused: a file without messages', () => {
		expect(() => readDefinitions({ definitionsFrom: 'mobileConfig', mobileConfig: '{}' })).toThrow(
			/^messages: missing/,
		);
	});

	test('a message that is shown once takes the visitor key of the node, and needs it', () => {
		const mobileConfig = { messages: [{ ...config.messages[0], showRule: 'once' }] };
		const parameters = { definitionsFrom: 'mobileConfig', mobileConfig };
		const named = readDefinitions({ ...parameters, configVisitorKey: 'mid' });
		expect(named).toMatchObject([{ showRule: 'once', visitorKey: 'mid' }]);
		expect(compiled(readDefinitions(parameters))).toMatch(/Visitor Key: missing/);
	});

	test('the fields beside it are not read', () => {
		const postbacks = { postback: [{ name: 'field' }] };
		const given = { definitionsFrom: 'mobileConfig', mobileConfig: config, postbacks };
		expect(readDefinitions(given).map(({ id }) => id)).toEqual(['m1']);
	});
});

describe('from launch rules', () => {
	const rules = {
		version: 1,
		rules: [
			{
				condition: { type: 'matcher', definition: { key: 'k', matcher: 'eq', values: ['v'] } },
				consequences: [
					{ id: 'c1', type: 'pb', detail: { templateurl: 'https://a.example/{%id%}' } },
				],
			},
		],
	};

	test('as the text that was pasted', async () => {
		const definitions = readDefinitions({
			definitionsFrom: 'launchRules',
			launchRules: JSON.stringify(rules),
		});
		expect(definitions).toMatchObject([{ id: 'c1', active: true, dialect: 'launch' }]);
		const engine = createPostbackEngine(definitions);
		const done = await engine.process(flattenHit({ k: 'v', id: '7' }), {
			now: 0,
			random: () => 0,
		});
		expect(done.composed[0].request?.url).toBe('https://a.example/7');
	});

	test('refused: text that is no JSON, by the field and with the mend', () => {
		expect(() => readDefinitions({ definitionsFrom: 'launchRules', launchRules: 'rules' })).toThrow(
			/^Launch Rules is no valid JSON: .*Paste the whole file\.$/,
		);
	});

	test('refused: a consequence that is no postback', () => {
		const others = structuredClone(rules);
		others.rules[0].consequences[0].type = 'iam';
		expect(() => readDefinitions({ definitionsFrom: 'launchRules', launchRules: others })).toThrow(
			/"iam" is no postback/,
		);
	});
});
