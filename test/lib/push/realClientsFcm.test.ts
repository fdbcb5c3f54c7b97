import https from 'node:https';
import type { AddressInfo } from 'node:net';
import tls, { type SecureContextOptions } from 'node:tls';
import { deleteApp, initializeApp, type App } from 'firebase-admin/app';
import { getMessaging, type Message } from 'firebase-admin/messaging';
import { systemClock } from '../../../lib/clock';
import { createFcmChannel } from '../../../lib/push/fcm/channel';
import { checkConfiguration } from '../../../lib/push/configuration';
import { pushDelivery } from '../../../lib/push/deliveries';
import type { PushMessage } from '../../../lib/push/message/message';
import { noTokenKeeper } from '../../../lib/push/tokenKeeper';
import { closeDispatchers, getDispatcher } from '../../../lib/transport/dispatcher';
import { forgetTokens } from '../../../lib/transport/oauth2/tokenStates';
import { issueCertificate } from '../transport/support/certificates';
import { guard } from './support/channels';
import { json, type ReceivedRequest } from './support/fcmServer';
import { fcmCredential } from './support/keys';

/*
 * The same message through a real client and through us, to one local server: the requests are equal, header
 * by header and byte by byte. What differs stands in a list with its reason, and nothing else may.
 */

function without(headers: Record<string, unknown>, names: readonly string[]) {
	return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

/**
 * Where we differ from firebase-admin for FCM:
 * - `x-firebase-client`, `x-goog-api-client`, `access_token_auth`: they tell Google which library it is;
 * - `host`: the test's server has another port for us.
 */
const ONLY_THEIRS = ['x-firebase-client', 'x-goog-api-client', 'access_token_auth'];
const NAMES = ['authorization', 'host'];

interface FcmCase {
	name: string;
	message: PushMessage;
	firebase: Message;
}

const FCM_TOKEN = 'bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1';

const FCM_CASES: FcmCase[] = [
	{
		name: 'a data message as the SDK shows it',
		message: {
			title: 'Game Request',
			body: 'Bob wants to play chess',
			sound: 'somesound_res',
			badge: 3,
			priority: 'high',
			timeToLiveSeconds: 3_600,
			collapseKey: 'new_message',
			channelId: 'cid',
			click: { type: 'DEEPLINK', uri: 'app://x' },
			buttons: [{ label: 'web', type: 'WEBURL', uri: 'https://a.example/' }],
			customData: { k: 'v' },
		},
		firebase: {
			token: FCM_TOKEN,
			android: {
				priority: 'high',
				ttl: 3_600_000,
				data: {
					adb_title: 'Game Request',
					adb_body: 'Bob wants to play chess',
					adb_sound: 'somesound_res',
					adb_n_count: '3',
					adb_channel_id: 'cid',
					adb_a_type: 'DEEPLINK',
					adb_uri: 'app://x',
					adb_act: '[{"label":"web","uri":"https://a.example/","type":"WEBURL"}]',
					k: 'v',
				},
				collapseKey: 'new_message',
			},
		},
	},
	{
		name: 'a notification that Android shows',
		message: {
			title: 'AT',
			body: 'ü€😀',
			icon: 'stock_ticker_update',
			sound: 'default',
			image: 'https://example.com/i.png',
			channelId: 'ch1',
			androidStyle: 'notification',
		},
		firebase: {
			token: FCM_TOKEN,
			android: {
				notification: {
					title: 'AT',
					body: 'ü€😀',
					icon: 'stock_ticker_update',
					sound: 'default',
					imageUrl: 'https://example.com/i.png',
					channelId: 'ch1',
				},
			},
		},
	},
	{
		name: 'a silent message',
		message: { silent: true, priority: 'normal', customData: { sync: '1' } },
		firebase: { token: FCM_TOKEN, android: { priority: 'normal', data: { sync: '1' } } },
	},
	{
		name: 'a raw payload',
		message: {
			raw: { fcm: { notification: { title: 'T', body: 'B' }, data: { k: 'v' } } },
		},
		firebase: { token: FCM_TOKEN, notification: { title: 'T', body: 'B' }, data: { k: 'v' } },
	},
];

describe('FCM', () => {
	const received: ReceivedRequest[] = [];
	let origin: string;
	let server: https.Server;
	let app: App;
	let agent: https.Agent;
	const authority = issueCertificate({ name: 'fcm test authority' });

	beforeAll(async () => {
		forgetTokens();
		const hosts = ['127.0.0.1', 'fcm.googleapis.com'];
		const { cert, key } = issueCertificate({ name: 'fcm', hosts, issuer: authority });
		server = https.createServer({ cert, key }, (message, response) => {
			const chunks: Buffer[] = [];
			message.on('data', (chunk: Buffer) => chunks.push(chunk));
			message.on('end', () => {
				const request: ReceivedRequest = {
					method: message.method ?? '',
					path: message.url ?? '',
					rawHeaders: message.rawHeaders,
					headers: message.headers,
					body: Buffer.concat(chunks).toString('utf8'),
				};
				const isToken = request.path === '/token';
				if (!isToken) received.push(request);
				const body = isToken
					? { access_token: 'ya29.FAKE', expires_in: 3_600, token_type: 'Bearer' }
					: { name: 'projects/demo/messages/1' };
				json(200, body)(response, request);
			});
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const { port } = server.address() as AddressInfo;
		origin = `https://127.0.0.1:${port}`;
		agent = new https.Agent({ keepAlive: true });
		// The client knows only the real host; the connection leads to the test's server.
		Object.assign(agent, {
			createConnection: (options: SecureContextOptions & { servername?: string }) =>
				tls.connect({ ...options, host: '127.0.0.1', port, ca: authority.cert }),
		});
		app = initializeApp(
			{
				projectId: 'demo',
				httpAgent: agent,
				credential: {
					getAccessToken: async () => ({ access_token: 'ya29.FAKE', expires_in: 3_600 }),
				},
			},
			'real-clients',
		);
	});

	afterAll(async () => {
		await deleteApp(app);
		agent.destroy();
		await closeDispatchers();
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});

	async function oursByFcm(message: PushMessage): Promise<ReceivedRequest> {
		const base = fcmCredential(origin);
		const fcm = { ...base, tokenUrl: new URL(`${origin}/token`) };
		const configuration = checkConfiguration({ id: 'c', name: 'App', fcm, androidAppId: 'com.a' });
		const to = { id: 'd', appId: 'com.a', platform: 'fcm' as const, token: FCM_TOKEN };
		const delivery = pushDelivery(
			'msg_0190aaaabbbb7ccc8dddeeeeffff0000',
			message,
			{ ...to, isRegistered: true },
			{ configuration, messageId: 'm', now: Date.now() },
		);
		const channel = createFcmChannel({
			credential: fcm,
			dispatcher: getDispatcher({
				guard,
				connectionsPerOrigin: 1,
				proxy: 'none',
				tls: { ca: authority.cert },
			}),
			clock: systemClock,
			keeper: noTokenKeeper,
			defaultTimeoutMs: 5_000,
		});
		const outcome = await channel.attempt(delivery, new AbortController().signal);
		expect(outcome).toMatchObject({ verdict: 'delivered' });
		return received.at(-1) as ReceivedRequest;
	}

	it.each(FCM_CASES)('$name, as firebase-admin sends it', async ({ message, firebase }) => {
		await getMessaging(app).send(firebase);
		const theirs = received.at(-1) as ReceivedRequest;
		const mine = await oursByFcm(message);
		expect(mine.body).toBe(theirs.body);
		expect(mine.method).toBe(theirs.method);
		expect(mine.path).toBe(theirs.path);
		expect(without(mine.headers, NAMES)).toEqual(
			without(theirs.headers, [...NAMES, ...ONLY_THEIRS]),
		);
		expect(mine.headers.authorization).toBe(theirs.headers.authorization);
	});
});
