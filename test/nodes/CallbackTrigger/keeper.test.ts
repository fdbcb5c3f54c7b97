import type { Clock } from '../../../lib/clock';
import { systemClock } from '../../../lib/clock';
import { forgetTokens } from '../../../lib/transport/oauth2/tokenStates';
import { lookAfter } from '../../../nodes/CallbackTrigger/keeper';
import { readSettings } from '../../../nodes/CallbackTrigger/settings';
import '../harness/environment';
import { closeServers } from '../../lib/transport/support/servers';
import { startReactorDouble, type ReactorDouble } from '../../support/reactorDouble';
import { triggerContext } from '../harness/triggerContext';
import { contextOptions, hooksOf, URL_OF_NODE } from './support';

let nodeId: string;
let nodes = 0;
let double: ReactorDouble;

beforeEach(async () => {
	nodeId = `kept-${++nodes}`;
	double = await startReactorDouble();
});
afterEach(async () => {
	forgetTokens();
	await closeServers();
});

/** Looks so many times, doing something before each wait is over. */
async function look(
	times: number,
	between: (nth: number) => void | Promise<void> = () => undefined,
) {
	const trigger = triggerContext({
		...contextOptions({ double, nodeId, parameters: { settings: { lookMinutes: 10 } } }),
		activationMode: 'init',
	});
	const stop = new AbortController();
	const waits: number[] = [];
	const clock: Clock = {
		...systemClock,
		sleep: async (ms) => {
			waits.push(ms);
			if (waits.length === times) stop.abort();
			await between(waits.length);
		},
	};
	await lookAfter(trigger.context, readSettings(trigger.context), stop.signal, clock);
	return { waits, lines: trigger.lines };
}

const urls = () => [...double.callbacks.values()].map(({ url }) => url);
const MINUTE = 60_000;

test('a registration that vanished at the other side is mended at the next look', async () => {
	await hooksOf({ double, nodeId }).publish();
	const { waits } = await look(3, (nth) => (nth === 1 ? double.callbacks.clear() : undefined));
	expect(waits).toEqual([10 * MINUTE, 10 * MINUTE, 10 * MINUTE]);
	expect(urls()).toEqual([URL_OF_NODE]);
});

test('one that was changed there is brought into step', async () => {
	await hooksOf({ double, nodeId }).publish();
	const [callback] = double.callbacks.values();
	callback.url = 'https://elsewhere.example/';
	callback.subscriptions = ['build.created'];
	await look(1);
	expect(callback).toMatchObject({ url: URL_OF_NODE, subscriptions: ['rule.created'] });
});

test('one that is as it should be costs one request', async () => {
	await hooksOf({ double, nodeId }).publish();
	double.server.received.length = 0;
	const { lines } = await look(1);
	expect(double.lines()).toHaveLength(1);
	expect(lines).toEqual([]);
});

test('a service that is not there is asked again sooner, then later each time, and told of', async () => {
	await hooksOf({ double, nodeId }).publish();
	double.instead(() => (_request, response) => void response.writeHead(401).end('{}'));
	const { waits, lines } = await look(8, (nth) =>
		nth === 7 ? double.instead(undefined) : undefined,
	);
	expect(waits.map((ms) => ms / 1_000)).toEqual([15, 30, 60, 120, 240, 480, 600, 600]);
	expect(lines.map(({ level }) => level)).toEqual([...Array<string>(7).fill('warn'), 'info']);
});

test('the webhook that is only just activated is waited for', async () => {
	const { waits } = await look(2, async (nth) => {
		if (nth === 1) await hooksOf({ double, nodeId, activationMode: 'init' }).checkExists();
	});
	expect(waits).toEqual([2_000, 10 * MINUTE]);
	expect(urls()).toEqual([URL_OF_NODE]);
});

test('two at once make one callback', async () => {
	await hooksOf({ double, nodeId, activationMode: 'init' }).checkExists();
	await Promise.all([look(1), look(1), hooksOf({ double, nodeId }).create()]);
	expect(urls()).toEqual([URL_OF_NODE]);
});
