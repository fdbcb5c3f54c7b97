import { setTimeout as sleep } from 'node:timers/promises';

const CLIENTS = 4;
const AGAIN_AFTER_MS = 250;
const LONGEST_ANSWER_MS = 20_000;

export interface PosterOptions {
	url: string;
	/** The number of the first hit; 0 without it. */
	first?: number;
	/** Hits in one request. */
	hitsPerRequest?: number;
	/** The hit of a number; at least the number itself as `n`. */
	hitOf?: (n: number) => Record<string, unknown>;
	/** Names this run, so that its requests are never taken for those of another. */
	name: string;
}

/**
 * Clients that do not give up: each posts its hits again, with the same `Idempotency-Key`, until it gets
 * 202. Only what was answered so is owed.
 */
export class Poster {
	/** The numbers of the hits that were answered with 202. */
	readonly owed: number[] = [];
	/** Statuses other than 202, and how often. */
	readonly refusals = new Map<number, number>();
	private next: number;
	private readonly options: Required<PosterOptions>;
	private stopped = false;
	private readonly running = new Set<Promise<void>>();

	constructor(options: PosterOptions) {
		this.options = { first: 0, hitsPerRequest: 25, hitOf: (n) => ({ n }), ...options };
		this.next = this.options.first;
	}

	/** Posts so many further hits; resolves when all are answered with 202, or the poster was stopped. */
	async post(count: number): Promise<void> {
		const requests: number[][] = [];
		for (let left = count; left > 0; left -= this.options.hitsPerRequest) {
			const size = Math.min(left, this.options.hitsPerRequest);
			requests.push(Array.from({ length: size }, () => this.next++));
		}
		const client = async () => {
			for (let hits = requests.shift(); hits && !this.stopped; hits = requests.shift()) {
				while (!this.stopped && (await this.once(hits)) !== 202) await sleep(AGAIN_AFTER_MS);
			}
		};
		const all = Promise.all(Array.from({ length: CLIENTS }, client)).then(() => undefined);
		this.running.add(all);
		await all.finally(() => this.running.delete(all));
	}

	/** Posts so many further hits in one request, once. Gives the status, undefined without an answer. */
	async try(count: number): Promise<number | undefined> {
		return await this.once(Array.from({ length: count }, () => this.next++));
	}

	/** Ends what is under way. */
	async stop(): Promise<void> {
		this.stopped = true;
		await Promise.all(this.running);
	}

	private async once(hits: readonly number[]): Promise<number | undefined> {
		const status = await this.request(hits);
		if (status === 202) for (const n of hits) this.owed.push(n);
		else if (status !== undefined) {
			this.refusals.set(status, (this.refusals.get(status) ?? 0) + 1);
		}
		return status;
	}

	private async request(hits: readonly number[]): Promise<number | undefined> {
		const { url, name, hitOf } = this.options;
		try {
			const response = await fetch(url, {
				method: 'POST',
				headers: {
					'content-type': 'application/json',
					'idempotency-key': `${name}-${hits[0]}`,
				},
				body: JSON.stringify(hits.map(hitOf)),
				signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
			});
			await response.arrayBuffer();
			return response.status;
		} catch {
			// n8n is down, or was killed before it could answer.
			return undefined;
		}
	}
}
