import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { atEnd } from './temporary.ts';

/** What a generator is to send. */
export interface GeneratorRun {
	port: number;
	path: string;
	/** Kept alive, each with one request under way. */
	connections: number;
	requests: number;
	/** Sent in turns. */
	bodies: string[];
	contentType: string;
	/** Requests a second; undefined: as fast as they are answered. */
	rate?: number;
}

export interface GeneratorResult {
	/** Requests answered each second. */
	rate: number;
	/** From the moment at which a request was due until its answer was there; milliseconds. */
	latency: { p50: number; p99: number };
	/** How many got which status. */
	statuses: Record<string, number>;
	/** The generator's own processor time for each request; microseconds. */
	cpuMicros: number;
}

export type GeneratorMessage = { ready: true } | { result: GeneratorResult } | { failure: string };

export interface Generator {
	run(what: GeneratorRun): Promise<GeneratorResult>;
}

/** Starts a generator of requests in a process of its own; it ends with the benches. */
export async function startGenerator(): Promise<Generator> {
	const child = fork(join(import.meta.dirname, 'generatorProcess.ts'), {
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});
	atEnd(() => child.disconnect());
	await next(child);
	return {
		async run(what) {
			child.send(what);
			const message = await next(child);
			if (!('result' in message)) throw new Error('The generator gave no result');
			return message.result;
		},
	};
}

async function next(child: ChildProcess): Promise<GeneratorMessage> {
	const [message] = (await once(child, 'message')) as [GeneratorMessage];
	if ('failure' in message) throw new Error(message.failure);
	return message;
}
