import {
	CATALOG_KEYS,
	CATALOG_MATCHERS,
	CATALOG_VARIABLES,
	catalogFromSample,
	createPostbackEngine,
	DATE_MATCHERS,
	EXISTENCE_MATCHERS,
	HitError,
	MOBILE_VARIABLES,
	NUMBER_MATCHERS,
	POSTBACK_EXAMPLES,
	TEXT_MATCHERS,
	validateDefinitions,
} from '../../../lib/postbacks';
import { definition, requestOf } from './make';

describe('the catalogue', () => {
	test('names each key once', () => {
		expect(new Set(CATALOG_KEYS.map(({ key }) => key)).size).toBe(CATALOG_KEYS.length);
		for (const { name } of CATALOG_KEYS) expect(name).not.toBe('');
	});

	test.each([
		['a.CrashEvent', 'Crashed', 'metric'],
		['a.LaunchEvent', 'Launched', 'metric'],
		['a.PrevSessionLength', 'Session Length', 'metric'],
		['a.InstallDate', 'First Launch Date', 'date'],
		['a.AppID', undefined, 'variable'],
		['a.DeviceName', undefined, 'variable'],
	])('has %s as %s', (key, alias, kind) => {
		expect(CATALOG_KEYS.find((one) => one.key === key)).toMatchObject({ alias, kind });
	});

	test('offers numbers for metrics, text for variables, days for dates', () => {
		const codes = (kind: keyof typeof CATALOG_MATCHERS) =>
			CATALOG_MATCHERS[kind].map(({ code }) => code);
		expect(codes('metric')).toEqual(['eq', 'ne', ...NUMBER_MATCHERS, ...EXISTENCE_MATCHERS]);
		expect(codes('variable')).toEqual([...TEXT_MATCHERS, ...EXISTENCE_MATCHERS]);
		expect(codes('date')).toEqual([...DATE_MATCHERS, ...EXISTENCE_MATCHERS]);
		expect(
			CATALOG_MATCHERS.metric.filter(({ needsValue }) => !needsValue).map(({ label }) => label),
		).toEqual(['exists', 'does not exist']);
	});

	test('lists every variable of the dialect', () => {
		const names = CATALOG_VARIABLES.map(({ token }) => token.slice(2, -2));
		expect(names.sort()).toEqual([...MOBILE_VARIABLES.keys()].sort());
		const body = CATALOG_VARIABLES.map(({ token }) => token).join('');
		validateDefinitions([definition({ body })]);
	});
});

describe('a pasted sample', () => {
	const expected = [
		{ key: 'a.AppID', name: 'App ID', kind: 'variable' },
		{ key: 'shop.price', name: 'shop.price', kind: 'metric' },
		{ key: 'since', name: 'since', kind: 'date' },
		{ key: 'user', name: 'user', kind: 'variable' },
	];

	test.each<[string, unknown]>([
		['an object', { a: { AppID: 'X' }, shop: { price: 5 }, since: '1/2/2024', user: 'bob' }],
		['JSON', ' {"a.AppID":"X","shop":{"price":"5.5"},"since":"2024-01-02","user":true}'],
		['a query', 'c.&a.&AppID=X&.a&shop.&price=5&.shop&.c&since=1%2F2%2F2024&user=bob'],
		[
			'several hits',
			'[{"a.AppID":"X","shop.price":5},{"since":"1/2/2024","user":"b","shop.price":"x"}]',
		],
	])('as %s', (_, sample) => {
		expect(catalogFromSample(sample)).toEqual(expected.map((one) => expect.objectContaining(one)));
	});

	test.each([['{'], [''], ['nothing'], [5], [null], [[1]]])('refused: %j', (sample) => {
		expect(() => catalogFromSample(sample)).toThrow(HitError);
	});
});

describe('the examples', () => {
	test('are valid, inactive and have IDs of their own', () => {
		const definitions = POSTBACK_EXAMPLES.map((one) => one.definition);
		validateDefinitions(definitions);
		expect(createPostbackEngine(definitions).activeIds.size).toBe(0);
	});

	test.each(
		POSTBACK_EXAMPLES.filter(({ definition: one }) => one.contentType === 'application/json').map(
			({ name, definition: one }) => [name, one] as const,
		),
	)('%s makes JSON of any hit', (_, example) => {
		const hit = {
			collectPII: true,
			'a.LaunchEvent': 1,
			'a.CrashEvent': 1,
			'campaign.test': 1,
			email: '"\n',
			'a.loc.poi': '\\',
		};
		const { body } = requestOf({ ...example, active: true }, hit);
		expect(() => JSON.parse(body!) as unknown).not.toThrow();
	});
});
