import type { Clock } from '../clock';

/** Lets so many requests pass each second; the rest wait in the order in which they came. */
export interface RateLimiter {
	/**
	 * Takes a permit.
	 * @param signal ends the wait.
	 * @returns true at once when one is free, else a promise: true with the permit, false when
	 * `signal` aborted first.
	 */
	take(signal?: AbortSignal): true | Promise<boolean>;
	/** How many wait. */
	readonly waiting: number;
}

export interface RateLimiterOptions {
	/** 0 and Infinity mean no limit. */
	requestsPerSecond: number;
	/**
	 * How many permits may pile up while nothing is sent. By default what a tenth of a second
	 * brings, so that a busy event loop does not cost throughput.
	 */
	burst?: number;
	clock: Clock;
}

interface Waiter {
	settle(permitted: boolean): void;
	signal?: AbortSignal;
	done: boolean;
}

/**
 * A token bucket with one timer, however many wait.
 * @throws RangeError when the rate is no number or negative.
 */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
	const rate = options.requestsPerSecond;
	if (!(rate >= 0)) throw new RangeError(`Requests per second: ${rate} is no rate`);
	if (rate === 0 || rate === Infinity) return { take: () => true, waiting: 0 };
	return new TokenBucket(rate, Math.max(1, options.burst ?? rate / 10), options.clock);
}

class TokenBucket implements RateLimiter {
	private tokens: number;
	private filledAt: number;
	private queue: Waiter[] = [];
	private head = 0;
	private pumping = false;
	private readonly watched = new WeakSet<AbortSignal>();

	constructor(
		private readonly rate: number,
		private readonly capacity: number,
		private readonly clock: Clock,
	) {
		this.tokens = capacity;
		this.filledAt = clock.monotonic();
	}

	/** Aborted ones count until the queue reaches them. */
	get waiting(): number {
		return this.queue.length - this.head;
	}

	take(signal?: AbortSignal): true | Promise<boolean> {
		if (signal?.aborted) return Promise.resolve(false);
		if (this.waiting === 0) {
			this.refill();
			if (this.tokens >= 1) {
				this.tokens -= 1;
				return true;
			}
		}
		return new Promise((settle) => {
			this.queue.push({ settle, signal, done: false });
			if (signal) this.watch(signal);
			if (!this.pumping) void this.pump();
		});
	}

	private refill(): void {
		const now = this.clock.monotonic();
		this.tokens = Math.min(
			this.capacity,
			this.tokens + ((now - this.filledAt) * this.rate) / 1_000,
		);
		this.filledAt = now;
	}

	/** One listener a signal: thousands of deliveries wait under the same one. */
	private watch(signal: AbortSignal): void {
		if (this.watched.has(signal)) return;
		this.watched.add(signal);
		signal.addEventListener('abort', () => this.dismiss(signal), { once: true });
	}

	private dismiss(signal: AbortSignal): void {
		for (let at = this.head; at < this.queue.length; at++) {
			const waiter = this.queue[at];
			if (waiter.signal !== signal || waiter.done) continue;
			waiter.done = true;
			waiter.settle(false);
		}
		this.dropSettled();
	}

	private async pump(): Promise<void> {
		this.pumping = true;
		while (this.waiting > 0) {
			// A float that is a hair short of one would otherwise be slept for again.
			const missing = Math.ceil(((1 - this.tokens) * 1_000) / this.rate);
			if (missing > 0) await this.clock.sleep(missing);
			this.refill();
			this.release();
		}
		this.pumping = false;
	}

	private release(): void {
		while (this.tokens >= 1 && this.waiting > 0) {
			const waiter = this.queue[this.head++];
			if (waiter.done) continue;
			waiter.done = true;
			this.tokens -= 1;
			waiter.settle(true);
		}
		this.dropSettled();
	}

	private dropSettled(): void {
		while (this.waiting > 0 && this.queue[this.head].done) this.head++;
		if (this.head === this.queue.length || this.head > 1_024) {
			this.queue = this.queue.slice(this.head);
			this.head = 0;
		}
	}
}
