import http2, {
	type Http2SecureServer,
	type IncomingHttpHeaders,
	type ServerHttp2Session,
	type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { issueCertificate } from '../../transport/support/certificates';

/** A notification as it came. */
export interface ReceivedPush {
	headers: IncomingHttpHeaders;
	body: string;
	session: ServerHttp2Session;
}

/** Answers one notification. */
export type Answer = (stream: ServerHttp2Stream, push: ReceivedPush) => void;

export interface ApnsTestServer {
	origin: string;
	port: number;
	/** PEM of the authority to trust. */
	ca: string;
	received: ReceivedPush[];
	/** Connections accepted so far. */
	connections: number;
	sessions: Set<ServerHttp2Session>;
	/** How the next notifications are answered, one after the other; then as all others. */
	answers: Answer[];
	/** How all others are answered; at first with 200. */
	otherwise: Answer;
	close(): Promise<void>;
}

const authority = issueCertificate({ name: 'push test authority' });

/** The names under which the server may be known. */
export const HOSTS = ['127.0.0.1', 'localhost', 'api.push.apple.com'];

/** A local server that speaks APNs' protocol. */
export async function startApns(
	options: { port?: number; maxConcurrentStreams?: number } = {},
): Promise<ApnsTestServer> {
	const { port = 0, maxConcurrentStreams = 1_000 } = options;
	const { cert, key } = issueCertificate({ name: 'apns', hosts: HOSTS, issuer: authority });
	const server: Http2SecureServer = http2.createSecureServer({
		cert,
		key,
		settings: { maxConcurrentStreams },
	});
	const test: ApnsTestServer = {
		origin: '',
		port: 0,
		ca: authority.cert,
		received: [],
		connections: 0,
		sessions: new Set(),
		answers: [],
		otherwise: accept,
		close: async () => {
			for (const session of test.sessions) session.destroy();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		},
	};
	server.on('session', (session) => {
		test.connections++;
		test.sessions.add(session);
		session.on('error', () => undefined);
		session.on('close', () => test.sessions.delete(session));
	});
	server.on('sessionError', () => undefined);
	server.on('stream', (stream, headers) => {
		stream.on('error', () => undefined);
		const chunks: Buffer[] = [];
		stream.on('data', (chunk: Buffer) => chunks.push(chunk));
		stream.on('end', () => {
			const session = stream.session as ServerHttp2Session;
			const push = { headers, body: Buffer.concat(chunks).toString('utf8'), session };
			test.received.push(push);
			(test.answers.shift() ?? test.otherwise)(stream, push);
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', resolve);
	});
	test.port = (server.address() as AddressInfo).port;
	test.origin = `https://127.0.0.1:${test.port}`;
	return test;
}

/** 200, as APNs accepts. */
export const accept: Answer = (stream, { headers }) => {
	const id = headers['apns-id'];
	stream.respond({ ':status': 200, ...(id ? { 'apns-id': id } : {}) }, { endStream: true });
};

/** A refusal with its reason. */
export function refuse(
	status: number,
	reason: string,
	more: { timestamp?: number; headers?: Record<string, string> } = {},
): Answer {
	const { timestamp, headers = {} } = more;
	return (stream) => {
		stream.respond({ ':status': status, 'content-type': 'application/json', ...headers });
		stream.end(JSON.stringify({ reason, ...(timestamp === undefined ? {} : { timestamp }) }));
	};
}
