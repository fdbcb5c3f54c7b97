import { createPostbackEngine, flattenHit, type PostbackSettings } from '../../../lib/postbacks';
import { definition, processNow, requestOf } from './make';

const settings: PostbackSettings = { privacyKey: 'privacy' };
const custom = definition({ id: 'custom' });
const pii = definition({ id: 'pii', type: 'pii' });

function outcome(hit: object, over: PostbackSettings = settings) {
	const engine = createPostbackEngine([custom, pii], over);
	const { composed, skipped } = processNow(engine, flattenHit({ collectPII: true, ...hit }));
	return {
		sent: composed.map(({ postbackId }) => postbackId),
		skipped: skipped.map(({ postbackId, reason }) => `${postbackId}: ${reason}`),
	};
}

describe('the status', () => {
	test('opted in sends everything', () => {
		expect(outcome({ privacy: 'optedin' })).toEqual({ sent: ['custom', 'pii'], skipped: [] });
	});

	test('opted out sends nothing and says so', () => {
		expect(outcome({ privacy: 'OptedOut' })).toEqual({
			sent: [],
			skipped: [
				'custom: privacy status is opted out: nothing is sent',
				'pii: privacy status is opted out: nothing is sent',
			],
		});
	});

	test('unknown sends no PII postback and says so', () => {
		expect(outcome({ privacy: 'optunknown' })).toEqual({
			sent: ['custom'],
			skipped: ['pii: privacy status is unknown: PII postbacks are not sent'],
		});
	});

	test('a value that is no status counts as unknown', () => {
		expect(outcome({ privacy: 'maybe' }).sent).toEqual(['custom']);
		expect(outcome({ privacy: true }).sent).toEqual(['custom']);
	});

	test.each([
		['optedin', ['custom', 'pii']],
		['optunknown', ['custom']],
		['optedout', []],
	] as const)('is the default %s where the hit does not say', (privacyDefault, sent) => {
		for (const hit of [{}, { privacy: null }, { privacy: '' }]) {
			expect(outcome(hit, { ...settings, privacyDefault }).sent).toEqual(sent);
		}
		expect(outcome({ privacy: 'optedin' }, { privacyDefault }).sent).toEqual(sent);
	});

	test('is opted in where nothing is set', () => {
		expect(outcome({}, {}).sent).toEqual(['custom', 'pii']);
	});

	test('is found in any case of the key', () => {
		expect(outcome({ PRIVACY: ' optedout ' }).sent).toEqual([]);
	});
});

describe('unknown leaves identifiers empty', () => {
	const hit = {
		privacy: 'optunknown',
		adid: 'ID',
		pushid: 'ID',
		mid: 'ID',
		userId: 'ID',
		trackingId: 'ID',
		loyalty: { card: 'ID', level: 'gold' },
		list: [{ mid: 'kept' }],
		name: 'bob',
	};
	const over = { ...settings, identifierKeys: ['Loyalty.Card'] };

	test.each([
		'{%adid%}',
		'{%pushid%}',
		'{%mcid%}',
		'{mid}',
		'{MID}',
		'{userId}',
		'{trackingId}',
		'{loyalty.card}',
	])('%s', (token) => {
		expect(requestOf({ body: `<${token}>` }, hit, over).body).toBe('<>');
		expect(requestOf({ body: `<${token}>` }, { ...hit, privacy: 'optedin' }, over).body).toBe(
			'<ID>',
		);
	});

	test('and other tokens filled', () => {
		expect(requestOf({ body: '{name} {loyalty.level}' }, hit, over).body).toBe('bob gold');
	});

	test('in the whole hit too', () => {
		const body = requestOf(
			{ body: '{%all_json%}', contentType: 'application/json' },
			hit,
			over,
		).body!;
		expect(JSON.parse(body)).toEqual({
			privacy: 'optunknown',
			loyalty: { level: 'gold' },
			list: [{ mid: 'kept' }],
			name: 'bob',
		});
		expect(requestOf({ body: '{%all_url%}' }, hit, over).body).not.toContain('ID');
	});

	test('in a JSONata body too', async () => {
		const engine = createPostbackEngine(
			[definition({ bodyExpression: '{"mid": mid, "name": name}' })],
			over,
		);
		const { composed } = await engine.process(flattenHit(hit), { now: 0, random: () => 0 });
		expect(composed[0]?.request?.body).toBe('{"name":"bob"}');
	});

	test('but conditions still see them', () => {
		const condition = { triggers: [{ key: 'mid', matcher: 'eq', values: ['id'] }] };
		expect(requestOf({ condition }, hit, over).method).toBe('GET');
	});

	test('and once still tells visitors apart', () => {
		const once = definition({ showRule: 'once', visitorKey: 'mid' });
		const { composed } = processNow(createPostbackEngine([once], over), flattenHit(hit));
		expect(composed[0]?.once).toEqual({ visitor: 'ID' });
	});
});

describe('PII postbacks', () => {
	const sent = (hit: object, over: PostbackSettings = {}) =>
		processNow(createPostbackEngine([pii], over), flattenHit(hit)).composed.length > 0;

	test.each([true, 1, 'true', 'yes', '1'])('match a hit marked %j', (collectPII) => {
		expect(sent({ collectPII })).toBe(true);
	});

	test.each([undefined, null, false, 0, '', '0', 'False', 'no', ' off '])(
		'do not match a hit marked %j, which is nothing to report',
		(collectPII) => {
			const hit = flattenHit({ collectPII });
			expect(processNow(createPostbackEngine([pii]), hit)).toEqual({ composed: [], skipped: [] });
		},
	);

	test('may be marked by another key, or be the event of the launch rules', () => {
		expect(sent({ isPII: true }, { piiKey: 'isPII' })).toBe(true);
		expect(sent({ collectPII: true }, { piiKey: 'isPII' })).toBe(false);
		expect(sent({ '~type': 'com.adobe.eventType.generic.pii' })).toBe(true);
	});
});
