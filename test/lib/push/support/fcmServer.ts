import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface ReceivedRequest {
	method: string;
	path: string;
	/** Names and values in turn, as they came. */
	rawHeaders: string[];
	headers: http.IncomingHttpHeaders;
	body: string;
}

export type FcmAnswer = (response: ServerResponse, request: ReceivedRequest) => void;

export interface FcmTestServer {
	origin: string;
	port: number;
	/** Notifications. */
	received: ReceivedRequest[];
	/** Requests for access tokens. */
	tokenRequests: ReceivedRequest[];
	/** How the next notifications are answered, one after the other; then as all others. */
	answers: FcmAnswer[];
	/** How all others are answered; at first as accepted. */
	otherwise: FcmAnswer;
	tokenAnswers: FcmAnswer[];
	close(): Promise<void>;
}

/** A local server that speaks FCM HTTP v1 and gives access tokens. */
export async function startFcm(): Promise<FcmTestServer> {
	const sockets = new Set<Socket>();
	let tokens = 0;
	const server = http.createServer((message, response) => {
		void read(message).then((request) => {
			if (request.path === '/token') {
				test.tokenRequests.push(request);
				const token = `ya29.token-${++tokens}`;
				const give = json(200, { access_token: token, expires_in: 3_599, token_type: 'Bearer' });
				(test.tokenAnswers.shift() ?? give)(response, request);
				return;
			}
			test.received.push(request);
			(test.answers.shift() ?? test.otherwise)(response, request);
		});
	});
	server.on('connection', (socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	const test: FcmTestServer = {
		origin: '',
		port: 0,
		received: [],
		tokenRequests: [],
		answers: [],
		otherwise: acceptFcm,
		tokenAnswers: [],
		close: async () => {
			for (const socket of sockets) socket.destroy();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		},
	};
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	test.port = (server.address() as AddressInfo).port;
	test.origin = `http://127.0.0.1:${test.port}`;
	return test;
}

async function read(message: IncomingMessage): Promise<ReceivedRequest> {
	const chunks: Buffer[] = [];
	for await (const chunk of message) chunks.push(chunk as Buffer);
	return {
		method: message.method ?? '',
		path: message.url ?? '',
		rawHeaders: message.rawHeaders,
		headers: message.headers,
		body: Buffer.concat(chunks).toString('utf8'),
	};
}

/** An answer of JSON. */
export function json(
	status: number,
	body: unknown,
	headers: Record<string, string> = {},
): FcmAnswer {
	return (response) => {
		response.writeHead(status, { 'Content-Type': 'application/json; charset=UTF-8', ...headers });
		response.end(JSON.stringify(body));
	};
}

let messages = 0;
export const acceptFcm: FcmAnswer = (response, request) =>
	json(200, { name: `projects/demo/messages/0:${++messages}%31bd1c96` })(response, request);

/** An error in the form of HTTP v1. */
export function refuseFcm(
	status: number,
	state: string,
	errorCode?: string,
	headers: Record<string, string> = {},
): FcmAnswer {
	const type = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
	return json(
		status,
		{
			error: {
				code: status,
				message: 'no',
				status: state,
				...(errorCode === undefined ? {} : { details: [{ '@type': type, errorCode }] }),
			},
		},
		headers,
	);
}
