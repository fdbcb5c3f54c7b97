import { apnsPayload } from '../../../lib/push/message/apnsPayload';
import { fcmPayload } from '../../../lib/push/message/fcmPayload';
import { mergeMessage, problemsOf, type PushMessage } from '../../../lib/push/message/message';
import { personalise } from '../../../lib/push/message/personalise';
import { trackingData } from '../../../lib/push/message/tracking';
import { describeConformance } from '../delivery/conformance';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const context = { topic: 'com.example.app', apnsId: 'id', now: NOW };
const apns = (message: PushMessage, more = {}) => apnsPayload(message, { ...context, ...more });
const apnsBody = (message: PushMessage, more = {}) =>
	JSON.parse(apns(message, more).body) as Record<string, unknown>;
const fcm = (message: PushMessage, more = {}) =>
	(JSON.parse(fcmPayload(message, { token: 't', ...more })) as { message: Record<string, unknown> })
		.message;

const FULL: PushMessage = {
	title: 'T',
	subtitle: 'S',
	body: 'B',
	image: 'https://a.example/i.png',
	sound: 'ding',
	badge: 3,
	click: { type: 'DEEPLINK', uri: 'app://home' },
	buttons: [
		{ label: 'Yes', type: 'WEBURL', uri: 'https://a.example/', id: 'yes' },
		{ label: 'No', type: 'DISMISS' },
	],
	thread: 'g',
	category: 'CAT',
	channelId: 'ch',
	icon: 'ic',
	visibility: 'PRIVATE',
	notificationPriority: 'PRIORITY_HIGH',
	customData: { a: '1', b: { c: 2 } },
};

describe("APNs' payload", () => {
	it('has the keys of the SDK', () => {
		expect(apnsBody(FULL)).toEqual({
			aps: {
				alert: { title: 'T', subtitle: 'S', body: 'B' },
				sound: 'ding',
				category: 'CAT',
				badge: 3,
				'thread-id': 'g',
				'mutable-content': 1,
			},
			adb_media: 'https://a.example/i.png',
			adb_a_type: 'DEEPLINK',
			adb_uri: 'app://home',
			adb_act: [
				{ aid: 'yes', label: 'Yes', type: 'WEBURL', uri: 'https://a.example/' },
				{ aid: '2', label: 'No', type: 'DISMISS' },
			],
			a: '1',
			b: { c: 2 },
		});
	});

	it('of a silent message shows nothing, whatever else is given', () => {
		const { body, headers } = apns({ ...FULL, silent: true, priority: 'high' });
		expect(JSON.parse(body)).toEqual({ aps: { 'content-available': 1 }, a: '1', b: { c: 2 } });
		expect(headers).toMatchObject({ 'apns-push-type': 'background', 'apns-priority': '5' });
	});

	test.each([
		['voip', 'com.example.app.voip'],
		['liveactivity', 'com.example.app.push-type.liveactivity'],
		['alert', 'com.example.app'],
		['somethingNew', 'com.example.app'],
	])('of the push type %s goes to the topic %s', (apnsPushType, topic) => {
		const { headers } = apns({ raw: { apns: { aps: {} }, apnsPushType } });
		expect(headers).toMatchObject({ 'apns-topic': topic, 'apns-push-type': apnsPushType });
	});

	it('that is raw is a background notification when it shows nothing', () => {
		const { headers } = apns({ raw: { apns: { aps: { 'content-available': 1 } } } });
		expect(headers).toMatchObject({ 'apns-push-type': 'background', 'apns-priority': '5' });
	});

	test.each([
		[3_600, String(NOW / 1_000 + 3_600)],
		[0, '0'],
	])('with a time to live of %i s says when it ends', (timeToLiveSeconds, expected) => {
		expect(apns({ body: 'B', timeToLiveSeconds }).headers['apns-expiration']).toBe(expected);
	});

	it('refuses custom data under a key of its own', () => {
		expect(() => apns({ body: 'B', customData: { aps: {} } })).toThrow('"aps" is reserved');
	});
});

describe("FCM's payload", () => {
	it('has the keys of the SDK, all of them strings', () => {
		expect(fcm({ ...FULL, priority: 'high', timeToLiveSeconds: 60, collapseKey: 'c' })).toEqual({
			token: 't',
			android: {
				priority: 'high',
				ttl: '60s',
				collapse_key: 'c',
				data: {
					adb_title: 'T',
					adb_body: 'B',
					adb_sound: 'ding',
					adb_n_count: '3',
					adb_n_priority: 'PRIORITY_HIGH',
					adb_n_visibility: 'PRIVATE',
					adb_channel_id: 'ch',
					adb_icon: 'ic',
					adb_image: 'https://a.example/i.png',
					adb_a_type: 'DEEPLINK',
					adb_uri: 'app://home',
					adb_act:
						'[{"label":"Yes","uri":"https://a.example/","type":"WEBURL"},{"label":"No","type":"DISMISS"}]',
					a: '1',
					b: '{"c":2}',
				},
			},
		});
	});

	it('of a silent message holds the custom data alone', () => {
		expect(fcm({ ...FULL, silent: true })).toEqual({
			token: 't',
			android: { data: { a: '1', b: '{"c":2}' } },
		});
	});

	test.each(['from', 'google.x', 'gcm.y', 'message_type'])(
		'refuses custom data under %s',
		(key) => {
			expect(() => fcm({ body: 'B', customData: { [key]: 'x' } })).toThrow('is reserved by FCM');
		},
	);

	test.each(['token', 'topic', 'condition'])('refuses a raw payload with a %s', (key) => {
		expect(() => fcm({ raw: { fcm: { [key]: 'x' } } })).toThrow(`"${key}" is set for each device`);
	});
});

describe('the limit of 4 KB', () => {
	it('is told with the size, for APNs by the bytes of the payload', () => {
		const fits = 4_096 - Buffer.byteLength('{"aps":{"alert":{"body":""}}}');
		expect(() => apns({ body: 'x'.repeat(fits) })).not.toThrow();
		expect(() => apns({ body: 'x'.repeat(fits + 1) })).toThrow('4,097 bytes, and APNs takes 4,096');
		// Bytes count, not characters.
		expect(() => apns({ body: 'ü'.repeat(fits / 2 + 1) })).toThrow('bytes, and APNs takes 4,096');
	});

	it('is 5 KB for VoIP', () => {
		const raw = (size: number) => ({
			raw: { apns: { x: 'y'.repeat(size) }, apnsPushType: 'voip' },
		});
		expect(() => apns(raw(5_000))).not.toThrow();
		expect(() => apns(raw(5_200))).toThrow('APNs takes 5,120');
	});

	it('is told with the size for FCM, whose token does not count', () => {
		expect(() => fcmPayload({ body: 'B' }, { token: 't'.repeat(4_096) })).not.toThrow();
		expect(() => fcm({ body: 'x'.repeat(4_100) })).toThrow(/4,1\d\d bytes, and FCM takes 4,096/);
	});
});

describe('tracking data', () => {
	const journey = { journeyVersionId: 'j', journeyVersionInstanceId: 'i' };

	it('stands in _xdm, an object for APNs and a string for FCM', () => {
		const tracking = trackingData(journey, 'msg_1', 'm');
		expect(apnsBody({ body: 'B' }, { tracking })._xdm).toEqual(tracking);
		const { data } = fcm({ body: 'B' }, { tracking }).android as { data: { _xdm: string } };
		expect(JSON.parse(data._xdm)).toEqual(tracking);
	});

	it('is added to raw payloads too', () => {
		const tracking = trackingData({}, 'msg_1', 'm');
		const raw = { apns: { aps: {} }, fcm: { data: { k: 'v' } } };
		expect(apnsBody({ raw }, { tracking })._xdm).toEqual(tracking);
		expect(fcm({ raw }, { tracking }).data).toEqual({ k: 'v', _xdm: JSON.stringify(tracking) });
	});

	const executionOf = (data: object) => JSON.stringify(data).match(/"(\w+)":/g);

	describeConformance<{ _xdm: object }>('xdm-push/_xdm-journey.json', ({ _xdm: sample }) => {
		it('has the form of a journey', () => {
			const tracking = trackingData(journey, 'e', 'm');
			expect(new Set(executionOf(tracking))).toEqual(new Set(executionOf(sample)));
			expect(Object.keys(tracking)).toEqual(Object.keys(sample));
		});
	});

	describeConformance<{ _xdm: { mixins: { _experience: object } } }>(
		'xdm-push/_xdm-campaign-decisioning.json',
		({ _xdm: { mixins } }) => {
			it('has the form of a campaign', () => {
				const campaign = { campaignId: 'c', campaignVersionId: 'v', batchInstanceId: 'b' };
				const tracking = trackingData({ ...campaign, messageType: 'transactional' }, 'e', 'm');
				const { customerJourneyManagement } = mixins._experience as Record<string, object>;
				const own = (tracking.mixins as typeof mixins)._experience as Record<string, object>;
				expect(new Set(executionOf(own.customerJourneyManagement))).toEqual(
					new Set(executionOf(customerJourneyManagement)),
				);
			});
		},
	);
});

describe('a preset', () => {
	it('gives way to what the message says, and custom data is joined', () => {
		const defaults: PushMessage = { sound: 'a', badge: 1, customData: { a: '1', b: '1' } };
		const message: PushMessage = { sound: '', badge: 0, body: 'B', customData: { b: '2' } };
		expect(mergeMessage(defaults, message)).toEqual({
			sound: 'a',
			badge: 0,
			body: 'B',
			customData: { a: '1', b: '2' },
		});
	});
});

describe('personalisation', () => {
	const variables = {
		name: 'Ada',
		'dotted.key': 'D',
		user: { city: 'Köln & Co', tags: [1] },
		none: '',
	};

	test.each([
		['Hello {name}', 'Hello Ada'],
		['{user.city}', 'Köln & Co'],
		['{dotted.key}', 'D'],
		['{user.tags}', '[1]'],
		['{missing|there}', 'there'],
		['{none|nothing}', 'nothing'],
		['{missing|}', ''],
		['\\{name}', '{name}'],
		['{ name } {1} {}', '{ name } {1} {}'],
	])('%s becomes %s', (body, expected) => {
		expect(personalise({ body }, variables).body).toBe(expected);
	});

	it('encodes values in links', () => {
		const message: PushMessage = {
			body: 'B',
			click: { type: 'DEEPLINK', uri: 'app://city/{user.city}' },
			image: 'https://a.example/{name}.png?x={user.city}',
		};
		const { click, image } = personalise(message, variables);
		expect(click?.uri).toBe('app://city/K%C3%B6ln%20%26%20Co');
		expect(image).toBe('https://a.example/Ada.png?x=K%C3%B6ln%20%26%20Co');
	});

	it('goes through custom data and raw payloads', () => {
		const message: PushMessage = {
			customData: { deep: [{ name: '{name}' }], number: 1 },
			raw: { apns: { aps: { alert: '{name}' } } },
		};
		expect(personalise(message, variables)).toEqual({
			customData: { deep: [{ name: 'Ada' }], number: 1 },
			raw: { apns: { aps: { alert: 'Ada' } } },
		});
	});

	test.each(['{missing}', '{user.missing}', '{none}', '{__proto__}', '{constructor}'])(
		'refuses %s, which has no value',
		(body) => {
			expect(() => personalise({ body }, variables)).toThrow(`The variable ${body} has no value`);
		},
	);
});

describe('a message that cannot be is refused', () => {
	test.each<[string, PushMessage, string]>([
		['a time to live over 4 weeks', { timeToLiveSeconds: 2_419_201 }, 'Time to Live'],
		['a negative time to live', { timeToLiveSeconds: -1 }, 'Time to Live'],
		['a collapse key over 64 bytes', { collapseKey: 'ü'.repeat(33) }, '66 bytes'],
		['a broken badge', { badge: 1.5 }, 'Badge'],
		['a link without a scheme', { click: { type: 'DEEPLINK', uri: 'home' } }, 'scheme'],
		['a web link of another scheme', { click: { type: 'WEBURL', uri: 'app://x' } }, 'https://'],
		['a link that is missing', { click: { type: 'WEBURL' } }, 'a link is needed'],
		['a button without a label', { buttons: [{ label: '', type: 'DISMISS' }] }, 'Label'],
		[
			'five buttons',
			{ buttons: Array.from({ length: 5 }, () => ({ label: 'x', type: 'DISMISS' as const })) },
			'4 are possible',
		],
	])('%s', (_name, message, words) => {
		expect(problemsOf({ body: 'B', ...message })).toEqual([expect.stringContaining(words)]);
	});

	it('one that shows nothing', () => {
		expect(() => apns({})).toThrow('Title and Body are empty');
		expect(() => fcm({ title: ' ' })).toThrow('Title and Body are empty');
	});
});
