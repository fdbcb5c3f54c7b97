import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { atEnd } from './temporary.ts';

const BODY = '{"status":"accepted"}';
/** What the receiver answers, whatever is asked. */
export const RESPONSE =
	'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: keep-alive\r\n' +
	`content-length: ${BODY.length}\r\n\r\n${BODY}`;

/** What the receiver has done since its start. */
export interface ReceiverState {
	requests: number;
	bytes: number;
	cpuMs: number;
}

/** What the receiver's process tells. */
export type ReceiverMessage = { port: number } | { state: ReceiverState };

/** A receiver in a process of its own. */
export interface BenchReceiver {
	readonly port: number;
	/** `http://127.0.0.1:…` */
	readonly origin: string;
	state(): Promise<ReceiverState>;
}

/** Starts a receiver; it ends with the benches. */
export async function startReceiver(): Promise<BenchReceiver> {
	const child = fork(join(import.meta.dirname, 'receiverProcess.ts'), {
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});
	atEnd(() => child.disconnect());
	const first = await next(child);
	if (!('port' in first)) throw new Error('The receiver told no port');
	const { port } = first;
	return {
		port,
		origin: `http://127.0.0.1:${port}`,
		async state() {
			child.send({});
			const message = await next(child);
			if (!('state' in message)) throw new Error('The receiver told no state');
			return message.state;
		},
	};
}

async function next(child: ChildProcess): Promise<ReceiverMessage> {
	const ended = new AbortController();
	const gone = once(child, 'exit', { signal: ended.signal }).then(() => {
		throw new Error('The receiver has ended by itself');
	});
	try {
		const [message] = (await Promise.race([once(child, 'message'), gone])) as [ReceiverMessage];
		return message;
	} finally {
		ended.abort();
		gone.catch(() => undefined);
	}
}
