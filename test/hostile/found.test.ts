import { AuditEventError, makeAuditEvent } from '../../lib/callbacks/auditEvent';
import { createScrubber } from '../../lib/delivery/masking';
import { createPostbackEngine, DefinitionError, HitError, parseHits } from '../../lib/postbacks';
import { importLaunchRules } from '../../lib/postbacks/importLaunchRules';
import { readChanges } from '../../lib/profiles/changes';
import { readRegistrations } from '../../lib/push/devices/registration';
import { readTokenAnswer } from '../../lib/push/fcm/tokenAnswer';
import { readInteraction } from '../../lib/push/interactions';
import { apnsPayload } from '../../lib/push/message/apnsPayload';
import { MessageError } from '../../lib/push/message/message';
import { personalise } from '../../lib/push/message/personalise';
import { storableKey } from '../../lib/store/storableKey';
import { definition, processNow, env } from '../lib/postbacks/make';

/* What the generated inputs have found, each by itself. */

/** An object that cannot become a text. */
const mute = { toString: 'x', valueOf: 'y' };

const hitOf = (body: unknown) => {
	const [{ hit }] = parseHits({
		method: 'POST',
		query: '',
		body: Buffer.from(JSON.stringify(body)),
	}).hits;
	return hit;
};

describe('hits', () => {
	test('a host that Node calls good and cannot parse is an error of its postback', () => {
		const host = `A${'-'.repeat(17_000)}`;
		const engine = createPostbackEngine([definition({ url: 'https://{host}/' })]);
		expect(processNow(engine, hitOf({ host: `${host}.` })).composed[0]).toMatchObject({
			error: { code: 'invalid_url' },
		});
	});

	test.each([
		['JSON', 'application/json', JSON.stringify({ ['k'.repeat(999)]: { a: 1, b: 2 } })],
		[
			'a form',
			'application/x-www-form-urlencoded',
			`c.&${'k'.repeat(999)}.&a=1&.${'k'.repeat(999)}&.c`,
		],
	])(
		'a long key over many others is refused in %s, before each holds it',
		(_, contentType, body) => {
			const parse = () =>
				parseHits({ method: 'POST', query: '', contentType, body: Buffer.from(body) });
			expect(parse).toThrow(HitError);
			expect(parse).toThrow(/longer than 1000 characters/);
		},
	);

	test('definitions with values that have no text get an error that names the field', () => {
		const broken = definition({ type: mute as never, showRule: [mute] as never });
		expect(() => createPostbackEngine([broken])).toThrow(DefinitionError);
		expect(() => createPostbackEngine([broken])).toThrow(/Type: "an object".*"a list"/s);
		const rules = { rules: [{ condition: { type: mute, definition: {} }, consequences: [] }] };
		expect(() => importLaunchRules(rules)).toThrow(/rules\[0\].*"an object" is not known/s);
	});

	test('are composed as before with keys of 1,000 characters', () => {
		const key = 'k'.repeat(1_000);
		const engine = createPostbackEngine([definition()]);
		expect(processNow(engine, hitOf({ [key]: 1 })).composed).toHaveLength(1);
		expect(env.now).toBeGreaterThan(0);
	});
});

describe('keys of a store', () => {
	test.each(['a\u0000b', '\ud800', 'x\udc00', 'k'.repeat(501)])(
		'that not every database takes become their digest (%#)',
		(key) => {
			expect(storableKey(key)).toMatch(/^sha256:[0-9a-f]{64}$/);
			expect(storableKey(storableKey(key))).toBe(storableKey(key));
		},
	);

	test('stay different where they were', () => {
		const keys = ['\ud800', '\ud801', '\ufffd', 'a\u0000', 'a', 'k'.repeat(501), 'k'.repeat(502)];
		expect(new Set(keys.map(storableKey)).size).toBe(keys.length);
		expect(storableKey('visitor-7')).toBe('visitor-7');
	});
});

test('a change that is no text is told as such', () => {
	for (const entry of [mute, [mute], { path: mute }, 7, null]) {
		expect(readChanges([entry])).toMatchObject({
			ok: false,
			problem: expect.stringContaining('no text'),
		});
	}
});

test('an event about an entity whose id is neither text nor number is refused', () => {
	const bare = { type_of: 'order.paid', entity: { id: mute }, property: null };
	const options = { baseUrl: 'https://n8n.example', id: `AE${'1'.repeat(32)}`, now: 0 };
	expect(() => makeAuditEvent(bare, options)).toThrow(AuditEventError);
	expect(() => makeAuditEvent(bare, options)).toThrow(/\/entity\/id/);
});

describe('secrets', () => {
	test('longer than any pattern may be are masked', () => {
		const token = 'ya29.'.repeat(60_000);
		expect(createScrubber([token])(`a ${token} b`)).toBe('a *** b');
	});

	test('with half a character in them are masked', () => {
		expect(createScrubber(['abc\ud800def'])('a abc\ud800def b')).toBe('a *** b');
	});
});

describe('the SDK’s events', () => {
	const detail = {
		appID: 'com.example.app',
		platform: 'fcm',
		token: 'x:y',
		identity: { namespace: { code: 'ECID' }, id: '7' },
	};

	test.each([
		['an app id with a zero byte', { appID: 'a\u0000b' }, 'appID'],
		['a token with half a character', { token: 'a\ud800' }, 'token'],
		['a token with a control character', { token: 'a\u0085' }, 'token'],
		['an identity with a zero byte', { identity: { id: 'a\u0000' } }, 'identity'],
		[
			'a namespace without an end',
			{ identity: { namespace: 'n'.repeat(600), id: '1' } },
			'identity',
		],
	])('refuse %s', (_, change, field) => {
		const reading = readRegistrations({ ...detail, ...change });
		expect(reading).toMatchObject({ ok: false, problems: [expect.stringContaining(field)] });
	});

	const interaction = (change: object) => ({
		eventType: 'pushTracking.applicationOpened',
		pushNotificationTracking: { pushProviderMessageID: 'p' },
		_experience: { customerJourneyManagement: { messageExecution: { messageExecutionID: 'm' } } },
		...change,
	});

	test('are read where the number of launches is none', () => {
		const reading = readInteraction(interaction({ application: { launches: { value: [mute] } } }));
		expect(reading).toMatchObject({ ok: true, interaction: { launched: true } });
	});

	test.each(['a\u0000', '\ud800', 'i'.repeat(600)])('have another id than %j', (_id) => {
		const reading = readInteraction(interaction({ _id }));
		expect(reading).toMatchObject({
			ok: true,
			interaction: { id: expect.stringMatching(/^[0-9a-f]{32}$/) },
		});
	});
});

describe('notifications', () => {
	test('take half a character in a link', () => {
		const message = { title: 'x', image: 'https://a.example/{name}.png' };
		expect(personalise(message, { name: 'a\ud800' }).image).toBe(
			'https://a.example/a%EF%BF%BD.png',
		);
	});

	test('whose data are deeper than JSON can be written are refused', () => {
		let deep: unknown = 1;
		for (let level = 0; level < 50_000; level++) deep = [deep];
		const message = { title: 'x', customData: { deep } };
		const context = { topic: 't', apnsId: 'i', now: 0 };
		expect(() => apnsPayload(message, context)).toThrow(MessageError);
	});
});

test('a token whose lifetime is no number is used until it is refused', () => {
	const body = Buffer.from(JSON.stringify({ access_token: 'abc', expires_in: mute }));
	const result = { statusCode: 200, headers: {}, body, complete: true } as never;
	const credential = { tokenUrl: new URL('https://a.example/token') } as never;
	expect(readTokenAnswer(result, credential, (text) => text)).toEqual({
		ok: true,
		token: { accessToken: 'abc' },
	});
});
