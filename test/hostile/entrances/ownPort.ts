import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { HttpListener } from '../../../lib/transport/httpListener';
import { IntakeError, MB, type IntakeRequest } from '../../../lib/transport/intake';
import { entrance, must } from '../support/entrance';
import { damagedText, hostileText } from '../support/texts';

let listener: HttpListener;

const HEAD = 'Host: a.example\r\nContent-Type: application/json\r\n';

/** Bytes that come to a trigger's own port, where nobody has read them as HTTP before. */
export const ownPort = entrance({
	name: 'bytes at an own port',
	inputs: fc
		.oneof(
			damagedText(
				fc.constantFrom(
					`POST /hits HTTP/1.1\r\n${HEAD}Content-Length: 2\r\n\r\n{}`,
					`POST /hits?a=b HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
					`POST /hits HTTP/1.1\r\n${HEAD}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`,
					`GET /hits?a=b HTTP/1.1\r\n${HEAD}\r\nGET /healthz HTTP/1.1\r\n${HEAD}\r\n`,
					`PUT /__proto__ HTTP/1.0\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n`,
				),
			),
			hostileText,
		)
		.map((text) => Buffer.from(text)),
	take: async (bytes) => {
		const socket = connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true });
		const chunks: Buffer[] = [];
		socket.on('data', (chunk) => chunks.push(chunk));
		socket.on('error', () => undefined);
		socket.end(bytes);
		await once(socket, 'close').catch(() => undefined);
		socket.destroy();
		const answer = Buffer.concat(chunks).toString('latin1');
		must(/^(HTTP\/1\.1 [1-4]\d\d |$)/.test(answer), `answered ${answer.slice(0, 200)}`);
	},
	open: async () => {
		listener = await HttpListener.open({ port: 0, host: '127.0.0.1', proxyHops: 1, graceMs: 100 });
		listener.add({
			owner: 'trigger',
			paths: ['/hits'],
			methods: ['GET', 'POST'],
			isReady: () => true,
			answer: echo,
		});
		return async () => await listener.close();
	},
});

async function echo({ method, query, readBody, remoteAddress }: IntakeRequest) {
	try {
		const body = await readBody(MB);
		return { status: 202, body: { method, query, remoteAddress, bytes: body.length } };
	} catch (error) {
		if (!(error instanceof IntakeError)) throw error;
		return { status: error.status, body: { error: error.message } };
	}
}
