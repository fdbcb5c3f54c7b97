import { chooseFates, FATES } from '../../scripts/demo/bad-receiver.ts';
import { DOCUMENTED, generateRequests, messageOf } from '../../scripts/demo/hits.ts';
import { seededRandom } from '../../scripts/random.ts';
import { reconcile } from '../../scripts/demo/reconcile.ts';
import type { StoredDelivery } from '../../scripts/demo/stored.ts';
import type { ReceivedRequest } from '../../scripts/receiver.ts';

/** A request for the screen of a user, answered as told. */
const request = (user: string, id: string, answered?: number): ReceivedRequest => ({
	index: 0,
	method: 'POST',
	url: `/screen/?user=${user}&zip=1`,
	path: '/screen/',
	headers: { 'webhook-id': id },
	rawHeaders: [],
	body: Buffer.alloc(0),
	time: 0,
	answered,
});

const dead = (id: string, reason: string, attempt = 1): StoredDelivery => ({
	id,
	status: 'dead',
	reason,
	attempt,
	settled: 1,
});

describe('the reconciliation of the demo', () => {
	test('counts what was taken, and what was taken again', () => {
		const requests = [request('a', '1', 200), request('b', '2', 503), request('b', '2', 200)];
		const again = [...requests, request('b', '2', 200)];
		expect(reconcile(['screen:a', 'screen:b'], again, [])).toMatchObject({
			events: 2,
			delivered: 2,
			duplicates: 1,
			lost: [],
			unexplained: [],
			unexpected: [],
		});
	});

	test('explains a dead letter by a 410 and by as many failures as attempts', () => {
		const requests = [request('a', '1', 410), request('b', '2', 503), request('b', '2', 503)];
		const stored = [dead('1', 'HTTP 410'), dead('2', 'retries exhausted after 2 attempts: x', 2)];
		const result = reconcile(['screen:a', 'screen:b'], requests, stored);
		expect(result).toMatchObject({ delivered: 0, lost: [], unexplained: [] });
		expect(Object.fromEntries(result.dead)).toEqual({
			'refused with 410': 1,
			'retries exhausted': 1,
		});
	});

	test.each([
		['that never arrived', [], []],
		['that was never taken', [request('a', '1', 503)], []],
		['whose dead letter the receiver does not remember', [request('a', '1', 503)], ['HTTP 410']],
		['that was given up too early', [request('a', '1', 503)], ['retries exhausted after 9 …']],
		['that n8n gave up for itself', [request('a', '1', 503)], ['poison']],
	])('calls a message lost %s', (_what, requests, reasons) => {
		const stored = reasons.map((reason) => dead('1', reason, 9));
		const result = reconcile(['screen:a'], requests, stored);
		expect(result.lost).toEqual(['screen:a']);
		expect(result.unexplained).toHaveLength(reasons.length);
	});

	test('notices a message that nobody asked for', () => {
		const result = reconcile([], [request('a', '1', 200)], []);
		expect(result.unexpected).toEqual(['screen:a']);
	});
});

describe('the hits of the demo', () => {
	test('are the same for the same seed, and others for another', () => {
		const hits = (seed: number) => generateRequests(200, seededRandom(seed));
		expect(hits(3)).toEqual(hits(3));
		expect(hits(3)).not.toEqual(hits(4));
		expect(hits(3).flatMap((one) => one.hits)).toHaveLength(200);
	});

	test('call for each message once', () => {
		const requests = generateRequests(2_000, seededRandom(1));
		const messages = requests.flatMap(({ hits }) => hits.flatMap(({ message }) => message ?? []));
		expect(new Set(messages).size).toBe(messages.length);
	});

	test('find every fate among them, even when they are few', () => {
		const random = seededRandom(1);
		const requests = generateRequests(40, random);
		const messages = requests.flatMap(({ hits }) => hits.flatMap(({ message }) => message ?? []));
		const fates = [...chooseFates(messages, random).values()];
		expect(new Set(fates)).toEqual(new Set(FATES));
	});

	test("are told from Adobe's documented one", () => {
		const body = Buffer.alloc(0);
		expect(messageOf({ url: DOCUMENTED.url, body })).toBe(DOCUMENTED.message);
		expect(messageOf({ url: '/elsewhere', body })).toBeUndefined();
	});
});
