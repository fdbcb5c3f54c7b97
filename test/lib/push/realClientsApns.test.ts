import { sensitiveHeaders } from 'node:http2';
import tls from 'node:tls';
import { ApnsClient, Notification as Apns2Notification, Priority, PushType } from 'apns2';
import { Notification as NodeApnNotification, Provider } from '@parse/node-apn';
import type { Delivery } from '../../../lib/delivery/delivery';
import { checkConfiguration } from '../../../lib/push/configuration';
import { apnsIdOf, pushDelivery } from '../../../lib/push/deliveries';
import { forgetProviderTokens } from '../../../lib/push/apns/providerToken';
import type { PushMessage } from '../../../lib/push/message/message';
import { startApns, type ApnsTestServer, type ReceivedPush } from './support/apnsServer';
import { apnsSending, TOKEN } from './support/channels';
import { apnsCredential, newP8 } from './support/keys';

/*
 * The same message through a real client and through us, to one local server: the requests are equal, header
 * by header and byte by byte. What differs stands in a list with its reason, and nothing else may.
 */

const KEY = newP8();
const KEY_ID = 'KEY1234567';
const TEAM_ID = 'TEAM123456';
const BUNDLE_ID = 'com.example.app';
const NOW = Math.floor(Date.now() / 1_000) * 1_000;
const EXPIRES = NOW / 1_000 + 3_600;

/** Requests for the same message, with the client's own way to say it. */
interface ApnsCase {
	name: string;
	message: PushMessage;
	apns2: ConstructorParameters<typeof Apns2Notification>[1];
	nodeApn: Record<string, unknown>;
	/** What node-apn sends whatever it is told. */
	nodeApnDefaults?: Record<string, string>;
}

const GAME = {
	aps: {
		alert: { title: 'Game Request', subtitle: 'Five Card Draw', body: 'Bob wants to play poker' },
		sound: 'bingbong.aiff',
		category: 'GAME_INVITATION',
		badge: 1,
		'thread-id': 't1',
	},
	gameID: '12345678',
};

const CASES: ApnsCase[] = [
	{
		name: 'an alert with everything',
		message: {
			title: 'Game Request',
			subtitle: 'Five Card Draw',
			body: 'Bob wants to play poker',
			sound: 'bingbong.aiff',
			category: 'GAME_INVITATION',
			badge: 1,
			thread: 't1',
			collapseKey: 'c1',
			timeToLiveSeconds: 3_600,
			customData: { gameID: '12345678' },
		},
		apns2: {
			alert: GAME.aps.alert,
			sound: 'bingbong.aiff',
			category: 'GAME_INVITATION',
			badge: 1,
			threadId: 't1',
			collapseId: 'c1',
			expiration: EXPIRES,
			data: { gameID: '12345678' },
		},
		nodeApn: { rawPayload: GAME, pushType: 'alert', collapseId: 'c1', expiry: EXPIRES },
		nodeApnDefaults: { 'apns-priority': '10' },
	},
	{
		name: 'an alert of high priority that is not kept',
		message: { title: 'T', body: 'ü€😀', priority: 'high', timeToLiveSeconds: 0 },
		apns2: {
			alert: { title: 'T', body: 'ü€😀' },
			priority: Priority.immediate,
			expiration: 0,
		},
		nodeApn: {
			rawPayload: { aps: { alert: { title: 'T', body: 'ü€😀' } } },
			pushType: 'alert',
			priority: 10,
			expiry: 0,
		},
	},
	{
		name: 'an alert of normal priority',
		message: { body: 'B', priority: 'normal', image: 'https://a.example/i.png' },
		apns2: {
			aps: { alert: { body: 'B' } },
			mutableContent: true,
			priority: Priority.throttled,
			data: { adb_media: 'https://a.example/i.png' },
		},
		nodeApn: {
			rawPayload: {
				aps: { alert: { body: 'B' }, 'mutable-content': 1 },
				adb_media: 'https://a.example/i.png',
			},
			pushType: 'alert',
			priority: 5,
			expiry: -1,
		},
	},
	{
		name: 'a silent notification',
		message: { silent: true, customData: { sync: true } },
		apns2: {
			type: PushType.background,
			priority: Priority.throttled,
			contentAvailable: true,
			data: { sync: true },
		},
		nodeApn: {
			rawPayload: { aps: { 'content-available': 1 }, sync: true },
			pushType: 'background',
			priority: 5,
			expiry: -1,
		},
	},
	{
		name: 'a raw payload',
		message: { raw: { apns: GAME } },
		apns2: { aps: GAME.aps, data: { gameID: '12345678' } },
		nodeApn: { rawPayload: GAME, pushType: 'alert', expiry: -1 },
		nodeApnDefaults: { 'apns-priority': '10' },
	},
];

/**
 * Where we differ from both clients for APNs:
 * - `apns-id`: theirs leave it to APNs, so that an attempt repeated has another one; ours stays the same.
 */
const ONLY_OURS = ['apns-id'];

let server: ApnsTestServer;
let isPossible = true;
const before = tls.getCACertificates('default');

beforeAll(async () => {
	forgetProviderTokens();
	try {
		// The port is fixed in both clients, and so is what one of them trusts.
		server = await startApns({ port: 443 });
	} catch (error) {
		isPossible = false;
		const { code } = error as NodeJS.ErrnoException;
		process.stderr.write(
			`skipped: real clients of APNs, since port 443 is not to be had (${code})\n`,
		);
		return;
	}
	tls.setDefaultCACertificates([...before, server.ca]);
});

afterAll(async () => {
	tls.setDefaultCACertificates([...before]);
	if (isPossible) await server.close();
});

function configuration() {
	const apns = apnsCredential('https://localhost', { privateKey: KEY, bundleId: BUNDLE_ID });
	return checkConfiguration({ id: 'c', name: 'App', apns });
}

async function ours(message: PushMessage): Promise<ReceivedPush> {
	const to = { id: 'd', appId: BUNDLE_ID, platform: 'apns' as const, token: TOKEN };
	const context = { configuration: configuration(), messageId: 'm', now: NOW };
	const id = 'msg_0190aaaabbbb7ccc8dddeeeeffff0000';
	const delivery: Delivery = pushDelivery(id, message, { ...to, isRegistered: true }, context);
	const { ios } = configuration();
	const sending = apnsSending(
		{ ...server, origin: 'https://localhost' },
		{ credential: ios?.credential },
	);
	expect(await sending.send(delivery)).toMatchObject({ verdict: 'delivered' });
	sending.connections.destroy();
	const push = lastPush();
	expect(push.headers['apns-id']).toBe(apnsIdOf(id));
	return push;
}

const lastPush = () => server.received.at(-1) as ReceivedPush;

/** Headers but for the signature of the token, whose two other parts are read. */
function comparable({ headers }: ReceivedPush): Record<string, unknown> {
	const { authorization = '', ...rest } = headers;
	const [scheme, token] = authorization.split(' ');
	const [header, claims] = token.split('.', 2).map((part) => {
		return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
	});
	expect(Math.abs(Number(claims.iat) - Date.now() / 1_000)).toBeLessThan(60);
	const { iat: _iat, ...others } = claims;
	const names = Object.fromEntries(Object.entries(rest));
	const kept = Reflect.get(headers, sensitiveHeaders) as unknown;
	return { ...names, neverIndexed: kept, authorization: { scheme, header, claims: others } };
}

function without(headers: Record<string, unknown>, names: readonly string[]) {
	return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

describe('APNs', () => {
	let apns2: ApnsClient;
	let nodeApn: Provider;

	beforeAll(() => {
		if (!isPossible) return;
		apns2 = new ApnsClient({
			team: TEAM_ID,
			keyId: KEY_ID,
			signingKey: KEY,
			defaultTopic: BUNDLE_ID,
			host: 'localhost',
		});
		nodeApn = new Provider({
			token: { key: KEY, keyId: KEY_ID, teamId: TEAM_ID },
			production: true,
			address: 'localhost',
			port: 443,
			ca: server.ca,
		} as never);
	});

	afterAll(async () => {
		if (!isPossible) return;
		await apns2.destroy();
		await nodeApn.shutdown();
	});

	describe.each(CASES)('$name', ({ message, apns2: options, nodeApn: fields, nodeApnDefaults }) => {
		it('as apns2 sends it', async () => {
			if (!isPossible) return;
			await apns2.send(new Apns2Notification(TOKEN, options));
			const theirs = lastPush();
			const mine = await ours(message);
			expect(mine.body).toBe(theirs.body);
			// They leave out the priority that APNs takes anyway; we say it where somebody chose it.
			const said = message.priority === 'high' ? [...ONLY_OURS, 'apns-priority'] : ONLY_OURS;
			expect(without(comparable(mine), said)).toEqual(comparable(theirs));
		});

		it('as node-apn sends it', async () => {
			if (!isPossible) return;
			const notification = new NodeApnNotification();
			Object.assign(notification, { topic: BUNDLE_ID, ...fields });
			const { failed } = await nodeApn.send(notification, TOKEN);
			expect(failed).toEqual([]);
			const theirs = lastPush();
			const mine = await ours(message);
			expect(mine.body).toBe(theirs.body);
			// They say the priority that APNs takes anyway, and the length of the body only by its frames.
			const expected = { ...comparable(mine), ...nodeApnDefaults };
			expect(comparable(theirs)).toEqual(without(expected, [...ONLY_OURS, 'content-length']));
		});
	});
});
