import { forgetTokens } from '../../../lib/transport/oauth2/tokenStates';
import { findRegistration } from '../../../lib/callbacks/registrations/store';
import { GRACE_MS, removalsDone } from '../../../nodes/CallbackTrigger/removals';
import '../harness/environment';
import { closeServers } from '../../lib/transport/support/servers';
import {
	OTHER_PROPERTY,
	PROPERTY,
	startReactorDouble,
	type ReactorDouble,
} from '../../support/reactorDouble';
import { embeddedStore } from '../harness/contexts';
import { hooksOf, SECRETS, URL_OF_NODE, type HookOptions } from './support';

let nodeId: string;
let nodes = 0;
let double: ReactorDouble;

beforeEach(async () => {
	nodeId = `node-${++nodes}`;
	double = await startReactorDouble();
});
afterEach(async () => {
	await removalsDone();
	forgetTokens();
	await closeServers();
});

const hooks = (more: Partial<HookOptions> = {}) => hooksOf({ double, nodeId, ...more });
const registered = () =>
	[...double.callbacks.values()].map(({ url, subscriptions, property }) => ({
		url,
		subscriptions,
		property,
	}));
const writes = () => double.lines().filter((line) => !line.startsWith('GET'));

/** Lets the grace pass in which a workflow may be published again. */
async function passGrace(work: () => Promise<unknown>): Promise<void> {
	jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
	try {
		await work();
		jest.advanceTimersByTime(GRACE_MS);
	} finally {
		jest.useRealTimers();
	}
	await removalsDone();
}

describe('publishing', () => {
	test('registers the URL for the event types', async () => {
		await hooks({
			parameters: { eventTypes: ['rule.created'], otherEventTypes: ' library.published ' },
		}).publish();
		expect(registered()).toEqual([
			{
				url: URL_OF_NODE,
				subscriptions: ['rule.created', 'library.published'],
				property: PROPERTY,
			},
		]);
	});

	test('adopts a callback that has the URL, and brings it into step', async () => {
		const { id } = double.put({ url: URL_OF_NODE, subscriptions: ['build.created'] });
		await hooks().publish();
		expect([...double.callbacks.keys()]).toEqual([id]);
		expect(registered()).toMatchObject([{ subscriptions: ['rule.created'] }]);
	});

	test('changes nothing where the callback is as wanted, in whatever order', async () => {
		double.put({ url: URL_OF_NODE, subscriptions: ['rule.deleted', 'rule.created'] });
		await hooks({ parameters: { eventTypes: ['rule.created', 'rule.deleted'] } }).publish();
		expect(writes()).toEqual([]);
	});

	test('finds its own again without looking through the list', async () => {
		await hooks().publish();
		const [{ id }] = double.callbacks.values();
		double.server.received.length = 0;
		await hooks().publish();
		expect(double.lines()).toEqual([`GET /callbacks/${id}`]);
	});

	test.each(['guide', 'openapi'])('sends changes in the form %s', async (writeForm) => {
		double.put({ url: URL_OF_NODE, subscriptions: ['build.created'] });
		await hooks({ parameters: { settings: { writeForm } } }).publish();
		expect(writes()[0]).toMatch(writeForm === 'guide' ? /^PUT / : /^PATCH /);
	});

	test('at another n8n asks with the token alone', async () => {
		double = await startReactorDouble({ bearerOnly: true });
		await hooks({
			parameters: { service: 'remote', eventTypes: [], otherEventTypes: 'order.*, *' },
		}).publish();
		expect(registered()).toMatchObject([{ subscriptions: ['order.*', '*'] }]);
		expect(double.requests()[0].headers).not.toHaveProperty('x-api-key');
	});
});

describe('publishing again', () => {
	test('with other event types keeps the callback and changes it', async () => {
		await hooks().publish();
		const [before] = double.callbacks.keys();
		await hooks().remove();
		await hooks({ parameters: { eventTypes: ['rule.deleted'] } }).publish();
		expect([...double.callbacks.keys()]).toEqual([before]);
		expect(registered()).toMatchObject([{ subscriptions: ['rule.deleted'] }]);
		expect(writes().filter((line) => line.startsWith('DELETE'))).toEqual([]);
	});

	test('for another property removes the callback there', async () => {
		await hooks().publish();
		await hooks().remove();
		const propertyId = { __rl: true, mode: 'id', value: OTHER_PROPERTY };
		await hooks({ parameters: { propertyId } }).publish();
		expect(registered()).toMatchObject([{ property: OTHER_PROPERTY }]);
	});

	test('at another service removes the callback at the first', async () => {
		await hooks().publish();
		await hooks().remove();
		const other = await startReactorDouble();
		await hooks({ double: other }).publish();
		expect(registered()).toEqual([]);
		expect(other.callbacks.size).toBe(1);
	});
});

describe('unpublishing', () => {
	test('removes the callback', async () => {
		await hooks().publish();
		await passGrace(async () => await hooks().remove());
		expect(registered()).toEqual([]);
		const store = await embeddedStore();
		const known = await store.read(
			async (unit) => await findRegistration(unit, `workflow-1/${nodeId}`),
		);
		expect(known).toBeUndefined();
	});

	test('is fine where the callback is gone already', async () => {
		await hooks().publish();
		double.callbacks.clear();
		const { remove, lines } = hooks();
		await passGrace(remove);
		expect(lines).toEqual([]);
	});

	test('is not kept from happening by a service that is down; the log tells it', async () => {
		await hooks().publish();
		await double.server.close();
		const { remove, lines } = hooks();
		await passGrace(async () => await expect(remove()).resolves.toBe(true));
		expect(lines).toEqual([
			{
				level: 'warn',
				message: expect.stringMatching(
					/the callback CB[0-9a-f]{32} could not be removed: .* refused the connection/,
				) as string,
			},
		]);
	}, 20_000);

	test('of what was never registered asks nobody', async () => {
		await hooks().remove();
		expect(double.lines()).toEqual([]);
	});
});

describe('at a start of n8n', () => {
	test.each(['init', 'leadershipChange'] as const)('(%s) nobody is asked', async (mode) => {
		const { checkExists } = hooks({ activationMode: mode });
		await expect(checkExists()).resolves.toBe(true);
		expect(double.lines()).toEqual([]);
	});

	test('the URL is noted for the trigger to register', async () => {
		await hooks({ activationMode: 'init' }).checkExists();
		const store = await embeddedStore();
		expect(
			await store.read(async (unit) => await findRegistration(unit, `workflow-1/${nodeId}`)),
		).toEqual({ url: URL_OF_NODE });
	});
});

describe('listening for a test event', () => {
	const testing = {
		activationMode: 'manual',
		url: 'https://n8n.example.com/webhook-test/1',
	} as const;

	test('registers the test URL beside the other, and removes it at once', async () => {
		await hooks().publish();
		await hooks(testing).publish();
		expect(registered().map(({ url }) => url)).toEqual([URL_OF_NODE, testing.url]);
		await hooks(testing).remove();
		expect(registered().map(({ url }) => url)).toEqual([URL_OF_NODE]);
	});
});

describe('a secret from the service', () => {
	const asking = { parameters: { service: 'remote', check: 'registered' } };

	beforeEach(async () => {
		double = await startReactorDouble({ bearerOnly: true, signs: true });
	});

	test('is asked for when the callback is made, and kept sealed', async () => {
		await hooks(asking).publish();
		const store = await embeddedStore();
		const known = await store.read(
			async (unit) => await findRegistration(unit, `workflow-1/${nodeId}`),
		);
		expect(double.lastSecret).toMatch(/^whsec_/);
		expect(known?.secret).toMatch(/^v1:/);
		expect(known?.secret).not.toContain(String(double.lastSecret).slice(6));
	});

	test('is asked for once', async () => {
		await hooks(asking).publish();
		const first = double.lastSecret;
		await hooks(asking).publish();
		expect(double.lastSecret).toBe(first);
		expect(writes()).toHaveLength(1);
	});

	test('is asked for anew where a callback is adopted or made again', async () => {
		double.put({ url: URL_OF_NODE });
		await hooks(asking).publish();
		const first = double.lastSecret;
		expect(first).toBeDefined();
		double.callbacks.clear();
		await hooks(asking).publish();
		expect(double.lastSecret).not.toBe(first);
	});

	test('that it does not give is told', async () => {
		double = await startReactorDouble({ bearerOnly: true });
		await expect(hooks(asking).publish()).rejects.toThrow(/made no signing secret.*Check Events/);
	});
});

describe('refused at publication, in words', () => {
	test('a service that refuses the credential', async () => {
		const credentials = {
			postbackRemoteCallbackApi: {
				baseUrl: double.origin,
				token: 'wrong_token_51',
				allowedHosts: '127.0.0.1',
			},
		};
		const wrong = hooks({ parameters: { service: 'remote' }, credentials });
		await expect(wrong.publish()).rejects.toThrow(
			/^The callback could not be registered: .* answered 401: Authentication Failure/,
		);
	});

	test('a URL that Adobe would not send to', async () => {
		const local = hooks({ url: 'http://localhost:5678/webhook/x/callback' });
		await expect(local.publish()).rejects.toThrow(
			/https URLs only.*localhost:5678: set WEBHOOK_URL/,
		);
		expect(double.lines()).toEqual([]);
	});

	test('an unknown property, and nothing secret shows', async () => {
		const propertyId = { value: `PR${'0'.repeat(32)}` };
		const error = await hooks({ parameters: { propertyId } })
			.publish()
			.catch((caught: Error) => caught);
		expect(String(error)).toMatch(/404: Record Not Found \(not-found\) at \/data/);
		for (const secret of SECRETS) expect(String(error)).not.toContain(secret);
	});

	test.each([
		['no event types', { eventTypes: [] }, /Event Types is empty/],
		[
			'a wildcard at Adobe',
			{ otherEventTypes: 'rule.*' },
			/holds "rule\.\*", and Adobe knows only/,
		],
		['a type that is none', { otherEventTypes: 'no type' }, /Event Types: "no type" has to be/],
		['no property', { propertyId: { value: '' } }, /Property: The id of a property is PR and 32/],
		['a signature of Adobe', { check: 'registered' }, /Adobe signs nothing/],
	])('%s', async (_name, parameters, message) => {
		await expect(hooks({ parameters }).publish()).rejects.toThrow(message);
	});
});
