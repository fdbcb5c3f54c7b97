import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { issueCertificate } from '../../test/lib/transport/support/certificates.ts';
import { atEnd } from './temporary.ts';

/** What the receiver's process is told first. */
export interface ApnsStart {
	cert: string;
	key: string;
	port: number;
}

/** What the receiver's process tells. */
export type ApnsMessage = { port: number } | { error: string } | ApnsReceiverState;

export interface ApnsReceiverState {
	/** How many notifications it has accepted so far. */
	requests: number;
	/** Processor time that it has used, in milliseconds. */
	cpuMs: number;
}

/** A receiver that speaks APNs' protocol, in a process of its own. */
export interface ApnsReceiver {
	/** `https://localhost:…` */
	readonly origin: string;
	/** PEM of the authority to trust. */
	readonly ca: string;
	state(): Promise<ApnsReceiverState>;
}

/**
 * Starts a receiver; it ends with the benches.
 * @param port 443 where a client knows no other
 */
export async function startApnsReceiver(port: number): Promise<ApnsReceiver> {
	const authority = issueCertificate({ name: 'push bench authority' });
	const { cert, key } = issueCertificate({ name: 'apns', hosts: ['localhost'], issuer: authority });
	const child = fork(join(import.meta.dirname, 'apnsReceiverProcess.ts'), {
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});
	atEnd(() => child.disconnect());
	child.send({ cert, key, port } satisfies ApnsStart);
	const first = await next(child);
	if ('error' in first) {
		throw new Error(`The receiver of notifications cannot listen on port ${port}: ${first.error}`);
	}
	return {
		origin: `https://localhost${port === 443 ? '' : `:${(first as { port: number }).port}`}`,
		ca: authority.cert,
		async state() {
			child.send({});
			return (await next(child)) as ApnsReceiverState;
		},
	};
}

async function next(child: ChildProcess): Promise<ApnsMessage> {
	const ended = new AbortController();
	const gone = once(child, 'exit', { signal: ended.signal }).then(() => {
		throw new Error('The receiver of notifications has ended by itself');
	});
	try {
		const [message] = (await Promise.race([once(child, 'message'), gone])) as [ApnsMessage];
		return message;
	} finally {
		ended.abort();
		gone.catch(() => undefined);
	}
}
