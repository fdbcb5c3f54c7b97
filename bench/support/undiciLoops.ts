import type * as Undici from 'undici';
import type { SenderInput } from '../../lib/delivery/senderTypes.ts';
import { PROFILES_PATH } from './deliveries.ts';
import { compiledPackage } from './package.ts';
import type { Send } from './senders.ts';
import { atEnd } from './temporary.ts';

/** What one would write with undici alone, over as many connections. */
export function undiciLoops(
	origin: string,
	concurrency: number,
): { request: Send; dispatch: Send } {
	const { Pool } = compiledPackage().dependency<typeof Undici>('undici');
	const pool = new Pool(origin, { connections: concurrency });
	atEnd(async () => await pool.destroy());
	return {
		/** `pool.request`, the body read and dropped. */
		request: async (inputs) =>
			await inParallel(inputs, concurrency, async ({ method, path, headers, body }) => {
				const answer = await pool.request({ method, path, headers, body });
				await answer.body.dump();
				if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}`);
			}),
		/** `pool.dispatch` with a handler that only waits for the end: the floor of what undici costs. */
		dispatch: async (inputs) =>
			await inParallel(
				inputs,
				concurrency,
				async (request) =>
					await new Promise<void>((resolve, reject) => {
						pool.dispatch(request, {
							onRequestStart() {},
							onResponseStart() {},
							onResponseData() {},
							onResponseEnd: () => resolve(),
							onResponseError: (_controller, error) => reject(error),
						});
					}),
			),
	};
}

interface Request {
	method: 'POST';
	path: string;
	headers: Record<string, string>;
	body: string;
}

async function inParallel(
	inputs: readonly SenderInput[],
	concurrency: number,
	send: (request: Request) => Promise<void>,
): Promise<void> {
	let next = 0;
	const worker = async () => {
		while (next < inputs.length) {
			const { headers, body = '' } = inputs[next++].delivery.request;
			await send({ method: 'POST', path: PROFILES_PATH, headers, body });
		}
	};
	await Promise.all(Array.from({ length: concurrency }, worker));
}
