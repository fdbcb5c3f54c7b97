import { setTimeout as sleep } from 'node:timers/promises';
import type { DemoHit, DemoRequest } from './hits.ts';

const CLIENTS = 4;
const PAUSE_MS = 150;
const AGAIN_AFTER_MS = 500;

/** What has come of posting so far. */
export interface Posted {
	/** Hits whose request was answered with 202. */
	answered: DemoHit[];
	/** Requests that got another answer or none, and were sent again with the same Idempotency-Key. */
	repeated: number;
}

/**
 * Posts requests as a few clients do that do not give up: each is sent again until it is answered
 * with 202. `posted` is kept up to date meanwhile.
 */
export async function postAll(
	url: string,
	requests: readonly DemoRequest[],
	posted: Posted,
	signal: AbortSignal,
): Promise<void> {
	const waiting = [...requests];
	const client = async () => {
		for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
			while (!(await isTaken(url, next))) {
				if (signal.aborted) return;
				posted.repeated++;
				await sleep(AGAIN_AFTER_MS);
			}
			posted.answered.push(...next.hits);
			await sleep(PAUSE_MS);
		}
	};
	await Promise.all(Array.from({ length: CLIENTS }, client));
}

async function isTaken(url: string, { idempotencyKey, hits }: DemoRequest): Promise<boolean> {
	try {
		const response = await fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
			body: JSON.stringify(hits.map(({ hit }) => hit)),
			signal: AbortSignal.timeout(20_000),
		});
		await response.arrayBuffer();
		return response.status === 202;
	} catch {
		// n8n is being killed or not up again yet.
		return false;
	}
}
