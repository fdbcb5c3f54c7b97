import { answers, Receiver } from '../receiver.ts';
import type { Answer, ReceivedRequest } from '../receiver.ts';
import { receivedPage } from './received-page.ts';

/** Where the example workflow sends to. */
export const EXAMPLE_RECEIVER_PORT = 5680;

/** One line of the page. */
export interface Arrival {
	time: number;
	method: string;
	url: string;
	body: string;
	/** `webhook-id`: the same for every attempt of a message. */
	id: string;
	/** How often this message had come before. */
	before: number;
	answered: number;
}

const MOST_KEPT = 200;
const LONGEST_BODY = 2_000;

/**
 * The receiver of the example workflow: shows on its page what arrived. `/answer/503` is refused with
 * that status at a message's first attempt and taken at the next one; `/answer/410` and the other 4xx
 * are refused every time.
 */
export async function startExampleReceiver(port = EXAMPLE_RECEIVER_PORT): Promise<Receiver> {
	const receiver = await Receiver.start(port);
	const arrivals: Arrival[] = [];
	receiver.otherwise((request) => {
		// Nobody asks it for its record here, and n8n may run for weeks.
		receiver.clear();
		if (request.method === 'GET' && request.url === '/') return page(arrivals);
		if (request.path === '/favicon.ico') return answers.status(404);
		const arrival = arrivalOf(request, arrivals);
		arrivals.unshift(arrival);
		arrivals.length = Math.min(arrivals.length, MOST_KEPT);
		return answers.status(arrival.answered);
	});
	return receiver;
}

function page(arrivals: readonly Arrival[]): Answer {
	return {
		status: 200,
		headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
		body: receivedPage(arrivals),
	};
}

function arrivalOf(request: ReceivedRequest, earlier: readonly Arrival[]): Arrival {
	const id = String(request.headers['webhook-id'] ?? '');
	const before = id === '' ? 0 : earlier.filter((one) => one.id === id).length;
	return {
		time: request.time,
		method: request.method,
		url: request.url,
		body: request.body.toString().slice(0, LONGEST_BODY),
		id,
		before,
		answered: statusFor(request.path, before),
	};
}

function statusFor(path: string, before: number): number {
	const asked = Number(/^\/answer\/(\d{3})$/.exec(path)?.[1] ?? 200);
	if (asked < 200 || asked > 599) return 200;
	const forGood = asked < 500 && asked !== 408 && asked !== 429;
	return forGood || before === 0 ? asked : 200;
}
