import fc from 'fast-check';
import { ReactorError } from '../../../lib/callbacks/reactor/errors';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { clientFor, hastyClock } from '../../lib/callbacks/reactor/support';
import { sending } from '../../lib/transport/support/sending';
import {
	closeServers,
	startReceiver,
	startSocketServer,
	type TestServer,
} from '../../lib/transport/support/servers';
import { entrance, must, refusableLater } from '../support/entrance';
import { damagedText, hostileText } from '../support/texts';
import { damaged, wireText } from '../support/values';
import { headerText } from './postbackTrigger';

let server: TestServer;
let answer: { status: number; body: string; retryAfter: string };
let bytes: Buffer;

const endAll = async () => {
	await closeDispatchers();
	await closeServers();
};

const CALLBACK = {
	id: `CB${'1'.repeat(32)}`,
	type: 'callbacks',
	attributes: { url: 'https://a.example', subscriptions: ['rule.created'] },
};

/** A service of callbacks that answers with whatever it likes, over a real connection. */
export const callbackService = entrance({
	name: 'answers of a service of callbacks',
	inputs: fc.record({
		call: fc.nat(2),
		status: fc.constantFrom(200, 200, 200, 200, 200, 200, 201, 204, 301, 400, 401, 404, 422, 429),
		body: damaged(
			{ data: [CALLBACK], meta: { pagination: { current_page: 1, next_page: 2, total_pages: 9 } } },
			{ data: CALLBACK, meta: { secret: 'x' } },
			{ errors: [{ title: 'Bad', code: 'bad', detail: 'x', source: { pointer: '/data' } }] },
		).map(wireText),
		retryAfter: headerText.map((text) => text.slice(0, 200)),
	}),
	take: async (input) => {
		answer = input;
		const client = clientFor(server.origin, { means: { clock: hastyClock() } });
		const property = `PR${'2'.repeat(32)}`;
		const calls = [
			async () => await client.listCallbacks(property, {}, { limit: 3 }),
			async () => await client.getCallback(CALLBACK.id),
			async () => await client.createCallback(property, { url: 'https://a.example' }),
		];
		await refusableLater<unknown>(calls[input.call], ReactorError);
		server.received.length = 0;
	},
	open: async () => {
		server = await startReceiver((_request, response) => {
			response.writeHead(answer.status, {
				'content-type': 'application/vnd.api+json',
				'retry-after': answer.retryAfter,
			});
			response.end(answer.status === 204 ? undefined : answer.body);
		});
		return endAll;
	},
});

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nRetry-After: 3\r\n';

/** A receiver that answers with bytes of its choice and closes. */
export const receivers = entrance({
	name: 'answers of receivers, as bytes',
	inputs: fc
		.oneof(
			damagedText(
				fc.constantFrom(
					`${HEAD}Content-Length: 2\r\n\r\nok`,
					`${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
					'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n',
					'HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n',
				),
			),
			hostileText,
		)
		.map((text) => Buffer.from(text)),
	take: async (input) => {
		bytes = input;
		const { send } = sending({ defaultTimeoutMs: 500 });
		const outcome = await send(server.origin);
		const { statusCode, error } = outcome;
		must(statusCode !== undefined || error !== undefined, 'neither an answer nor an error');
	},
	open: async () => {
		server = await startSocketServer((socket) => {
			socket.once('data', () => socket.end(bytes));
		});
		return endAll;
	},
});
