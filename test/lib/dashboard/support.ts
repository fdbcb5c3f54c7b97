import type { Bar, Counts, DashboardFigures, ShownDelivery } from '../../../lib/dashboard';
import { barsOf, readQuery } from '../../../lib/dashboard';

export const NOW = Date.UTC(2026, 10, 22, 9, 30, 12);
const MINUTE = 60_000;

export const NO_COUNTS: Counts = { stored: 0, delivered: 0, dead: 0, waiting: 0, closed: 0 };

/** The figures of a store with nothing in it. */
export function emptyFigures(overrides: Partial<DashboardFigures> = {}): DashboardFigures {
	const query = overrides.query ?? readQuery({});
	return {
		title: 'Deliveries',
		now: NOW,
		timeZone: 'Europe/Berlin',
		query,
		whole: { ...NO_COUNTS, attempts: 0, untilSuccess: [], events: { taken: 0, waiting: 0 } },
		bars: barsOf(query.period, NOW)
			.slice(0, -1)
			.map((at) => ({ ...NO_COUNTS, at })),
		endpoints: [],
		moreEndpoints: 0,
		queues: [],
		waitingNow: { count: 0, isPart: false, retrying: 0 },
		dueNext: [],
		list: [],
		work: [],
		choices: { queues: [], endpoints: [] },
		mayShowPersonal: false,
		...overrides,
	};
}

export function shownDelivery(overrides: Partial<ShownDelivery> = {}): ShownDelivery {
	return {
		id: 'msg_0198c1f0a1b27d3e8f4051627384950a',
		name: 'Order placed',
		kind: 'postback',
		endpoint: 'https://hooks.shop.example',
		queue: 'f0Xn3Zk1QbW8vLmT',
		state: 'dead',
		isUnderWay: false,
		attempt: 4,
		createdAt: NOW - 50 * MINUTE,
		dueAt: NOW - 20 * MINUTE,
		endedAt: NOW - 20 * MINUTE,
		reason: 'HTTP 410',
		error: 'HTTP_STATUS: The endpoint answered 410',
		statusCode: 410,
		method: 'POST',
		url: 'https://hooks.shop.example/v1/orders?customer=•••&api_key=***',
		headers: [
			['content-type', 'application/json'],
			['x-api-key', '***'],
		],
		body: '{\n  "customer": "•••",\n  "total": "•••"\n}',
		answer: '{\n  "error": "•••"\n}',
		subject: '•••',
		eventId: 'order-4711',
		workflowId: 'f0Xn3Zk1QbW8vLmT',
		executionId: '1234',
		isTest: false,
		replay: 'token-of-replay',
		...overrides,
	};
}

/** The figures of a busy day. */
export function fullFigures(overrides: Partial<DashboardFigures> = {}): DashboardFigures {
	const empty = emptyFigures(overrides);
	const bars = empty.bars.map(({ at }, n): Bar => {
		const stored = Math.round(900 + 700 * Math.sin(n / 4) + ((n * 137) % 90));
		const dead = n === 14 ? 240 : n % 5;
		const waiting = n > 21 ? 120 : 0;
		const quiet = n === 6;
		return quiet
			? { ...NO_COUNTS, at }
			: {
					at,
					stored,
					dead,
					waiting,
					closed: n % 7,
					delivered: stored - dead - waiting - (n % 7),
					p50: 90 + ((n * 31) % 60),
					p95: n === 14 ? 400_000 : 800 + ((n * 731) % 3_000),
					p99: n === 14 ? 900_000 : 9_000 + ((n * 1_931) % 30_000),
				};
	});
	const sum = (of: keyof Counts) => bars.reduce((total, bar) => total + (bar[of] ?? 0), 0);
	const delivered = sum('delivered');
	return {
		...empty,
		whole: {
			stored: sum('stored'),
			delivered,
			dead: sum('dead'),
			waiting: sum('waiting'),
			closed: sum('closed'),
			p50: 110,
			p95: 4_200,
			p99: 88_000,
			inTime: 0.992,
			attempts: 24_811,
			untilSuccess: [
				[1, Math.round(delivered * 0.93)],
				[2, Math.round(delivered * 0.05)],
				[3, Math.round(delivered * 0.015)],
				[9, Math.round(delivered * 0.005)],
			],
			events: { taken: 420, waiting: 3 },
		},
		bars,
		endpoints: [
			{
				...NO_COUNTS,
				endpoint: 'https://hooks.shop.example',
				stored: 12_000,
				delivered: 11_990,
				dead: 10,
				p95: 3_100,
				waitingNow: 0,
			},
			{
				...NO_COUNTS,
				endpoint: 'https://api.partner.example:8443',
				stored: 4_000,
				delivered: 3_700,
				dead: 290,
				p95: 7_100,
				waitingNow: 41,
			},
			{
				...NO_COUNTS,
				endpoint: 'https://down.example',
				stored: 700,
				delivered: 10,
				dead: 4,
				waiting: 686,
				p95: 61_000,
				waitingNow: 686,
				pausedUntil: NOW + 4 * MINUTE,
				reason: 'HTTP 503',
			},
			{ ...NO_COUNTS, endpoint: 'https://new.example', stored: 3, waiting: 3, waitingNow: 3 },
		],
		moreEndpoints: 3,
		queues: [
			{
				queue: 'f0Xn3Zk1QbW8vLmT',
				service: 'served',
				nodeName: 'Delivery Queue Trigger',
				waitingNow: 689,
				underWay: 12,
				nextDueAt: NOW + 9_000,
				oldestAt: NOW - 50 * MINUTE,
			},
			{
				queue: 'crm',
				service: 'unserved',
				waitingNow: 41,
				underWay: 0,
				nextDueAt: NOW - 90 * MINUTE,
				oldestAt: NOW - 100 * MINUTE,
			},
		],
		waitingNow: { count: 730, isPart: false, retrying: 689 },
		dueNext: [
			shownDelivery({
				state: 'retrying',
				endedAt: undefined,
				reason: undefined,
				statusCode: 503,
				dueAt: NOW + 9_000,
				attempt: 2,
				endpoint: 'https://down.example',
				replay: undefined,
				cancel: 'token-of-cancel',
			}),
			shownDelivery({
				state: 'pending',
				endedAt: undefined,
				reason: undefined,
				statusCode: undefined,
				error: undefined,
				dueAt: NOW - 90 * MINUTE,
				attempt: 0,
				name: 'Segment export',
				replay: undefined,
				cancel: 'token-of-cancel',
				answer: undefined,
			}),
			shownDelivery({
				state: 'retrying',
				endedAt: undefined,
				reason: undefined,
				statusCode: undefined,
				dueAt: NOW,
				attempt: 1,
				isUnderWay: true,
				replay: undefined,
			}),
		],
		list: [
			shownDelivery(),
			shownDelivery({
				name: 'Welcome message to everyone who has installed the app in spring',
				reason: 'retries are used up',
				statusCode: 503,
				attempt: 8,
				endpoint: 'https://a-very-long-name-of-a-host.internal.partner.example:8443',
			}),
			shownDelivery({
				name: '',
				kind: 'push',
				reason: 'expired',
				attempt: 1,
				endpoint: 'https://api.push.apple.com',
			}),
		],
		next: 4711,
		work: [
			{
				what: 'Backfill: CRM export',
				status: 'running',
				share: 0.372,
				told: '37,200 of 100,000 profiles looked at, 12,118 exported',
				startedAt: NOW - 9 * MINUTE,
				updatedAt: NOW - 800,
			},
			{
				what: 'Replay',
				status: 'lost',
				share: 0.6,
				told: '1,200 deliveries',
				startedAt: NOW - 90 * MINUTE,
				updatedAt: NOW - 80 * MINUTE,
			},
		],
		choices: {
			queues: ['f0Xn3Zk1QbW8vLmT', 'crm'],
			endpoints: ['https://hooks.shop.example', 'https://down.example'],
		},
		mayShowPersonal: true,
		replayMany: { count: 1_312, isPart: false, token: 'token-of-all' },
		cancelMany: { count: 730, isPart: true, token: 'token-of-all' },
		...overrides,
	};
}
