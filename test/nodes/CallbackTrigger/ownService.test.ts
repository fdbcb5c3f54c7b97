import type { Delivery } from '../../../lib/delivery/delivery';
import { CallbackApi } from '../../../lib/callbacks/api/handler';
import { TokenGuard } from '../../../lib/callbacks/api/tokens';
import { insertCallback, updateCallback } from '../../../lib/callbacks/store/callbacks';
import { GRACE_MS, removalsDone } from '../../../nodes/CallbackTrigger/removals';
import { callbackServiceOf } from '../../../nodes/shared/callbackStore';
import { callbackSignerOf } from '../../../nodes/shared/callbackSending';
import { reactorServiceOf } from '../../../nodes/shared/reactorClients';
import '../harness/environment';
import { closeServers, startReceiver, type TestServer } from '../../lib/transport/support/servers';
import { embeddedStore, fakeContext } from '../harness/contexts';
import { give, locator } from '../CallbackSubscribe/support';
import { hooksOf, sendEvent, URL_OF_NODE } from './support';

/**
 * Both halves of callbacks together over real HTTP: what a Callback API Trigger serves, and what registers
 * there. The double says what Adobe does; this says that the two get along.
 */

const TOKEN = 'token-of-a-subscriber-1';
const PROPERTY = `PR${'7'.repeat(32)}`;
let service: TestServer;

beforeEach(async () => {
	const store = await embeddedStore();
	const callbacks = callbackServiceOf(fakeContext(), store, { allowHttp: false, allowedHosts: [] });
	service = await startReceiver((request, response) => {
		const [path, query = ''] = request.target.replace('/webhook/api', '').split('?');
		const api = new CallbackApi({
			service: callbacks,
			tokens: new TokenGuard([{ name: 'subscriber', token: TOKEN, properties: [PROPERTY] }]),
			properties: new Map([[PROPERTY, 'Shop']]),
			anyProperty: false,
			baseUrl: `${service.origin}/webhook/api`,
			maxBodyBytes: 65_536,
			secrets: 'asked',
			onError: (error) => console.error(error),
		});
		const { method, headers, body } = request;
		const { authorization } = headers;
		void api
			.handle({ method, path, query, body, ...(authorization ? { authorization } : {}) })
			.then((answer) => response.writeHead(answer.status, answer.headers).end(answer.body));
	});
});
afterEach(closeServers);

const credential = () => ({
	postbackRemoteCallbackApi: {
		baseUrl: `${service.origin}/webhook/api/`,
		token: TOKEN,
		allowedHosts: '127.0.0.1',
	},
});

const parameters = {
	service: 'remote',
	propertyId: locator(PROPERTY),
	eventTypes: [],
	otherEventTypes: 'order.*',
	check: 'registered',
};

const options = (nodeId: string) => ({
	double: { origin: service.origin } as never,
	nodeId,
	credentials: credential(),
	parameters,
});

test('a trigger registers, gets a signed event, and unregisters', async () => {
	const at = options('own-1');
	await hooksOf(at).publish();
	const list = { operation: 'getMany', propertyId: locator(PROPERTY) };
	const [made] = await give(list);
	expect(made.attributes).toMatchObject({ url: URL_OF_NODE, subscriptions: ['order.*'] });

	const item = { type_of: 'order.placed', entity: { id: '7' }, property: PROPERTY };
	const [message] = await give({ operation: 'matchEvent' }, { items: [item] });
	const delivery = message.delivery as unknown as Delivery;
	expect(delivery.request.url).toBe(URL_OF_NODE);
	const signer = await callbackSignerOf(fakeContext())(delivery);
	const seconds = Math.floor(Date.now() / 1_000);
	const body = delivery.request.body ?? '';
	const headers = {
		'webhook-id': delivery.id,
		'webhook-timestamp': String(seconds),
		'webhook-signature': signer?.sign(delivery.id, seconds, body) ?? '',
	};
	expect(await sendEvent({ ...at, body, headers })).toMatchObject({
		status: 200,
		body: { id: delivery.eventId, outcome: 'taken' },
	});

	jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
	await hooksOf(at).remove();
	jest.advanceTimersByTime(GRACE_MS);
	jest.useRealTimers();
	await removalsDone();
	expect(await give(list)).toEqual([]);
});

test('a callback that was disabled after failures is enabled again at the next look', async () => {
	const at = options('own-2');
	await hooksOf(at).publish();
	const [{ id }] = await give({ operation: 'getMany', propertyId: locator(PROPERTY) });
	const store = await embeddedStore();
	const disabledAt = new Date().toISOString();
	await store.write(async (unit) => await updateCallback(unit, String(id), { disabledAt }));
	await hooksOf(at).publish();
	const [found] = await give({ operation: 'get', callbackId: locator(String(id)) });
	expect(found.attributes).not.toHaveProperty('disabled_at');
});

test('a token for another property is told nothing', async () => {
	const other = { ...parameters, propertyId: locator(`PR${'8'.repeat(32)}`) };
	const publishing = hooksOf({ ...options('own-3'), parameters: other }).publish();
	await expect(publishing).rejects.toThrow(/404: .*/);
});

test('more than one page of callbacks is read, and what else a client asks for', async () => {
	const store = await embeddedStore();
	const at = new Date().toISOString();
	await store.write(async (unit) => {
		for (let n = 0; n < 120; n++) {
			await insertCallback(unit, {
				id: `CB${String(n).padStart(32, '0')}`,
				propertyId: PROPERTY,
				url: `https://a.example/${n}`,
				subscriptions: ['order.placed'],
				createdAt: at,
				updatedAt: at,
			});
		}
	});
	const { client } = await reactorServiceOf(fakeContext({ credentials: credential() }), 'remote');
	const all = await client.listCallbacks(PROPERTY);
	expect(all.filter(({ id }) => id.startsWith('CB000000'))).toHaveLength(120);
	const sorted = await client.listCallbacks(PROPERTY, { sort: ['-created_at'] }, { limit: 3 });
	expect(sorted).toHaveLength(3);
	expect(await client.getProperty(PROPERTY)).toMatchObject({ attributes: { name: 'Shop' } });
	const item = { type_of: 'order.shipped', entity: { id: '8' }, property: PROPERTY };
	await give({ operation: 'matchEvent' }, { items: [item] });
	const filters = [{ attribute: 'type_of', operator: 'EQ' as const, values: ['order.shipped'] }];
	expect(await client.listAuditEvents({ filters })).toMatchObject([{ type: 'audit_events' }]);
});
