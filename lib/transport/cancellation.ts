/** Something under way that a signal can stop. */
export interface Cancellable {
	cancel(): void;
}

/**
 * Stops what runs under a signal, with one listener for each signal: hundreds of requests share
 * one, and adding a listener costs time in proportion to those already there.
 */
export class Cancellation {
	private readonly running = new WeakMap<AbortSignal, Set<Cancellable>>();
	private signal: AbortSignal | undefined;
	private latest = new Set<Cancellable>();

	/** The set in which something stands as long as it runs under the signal. */
	under(signal: AbortSignal): Set<Cancellable> {
		if (signal === this.signal) return this.latest;
		let set = this.running.get(signal);
		if (!set) {
			const members = new Set<Cancellable>();
			signal.addEventListener('abort', () => members.forEach((one) => one.cancel()), { once: true });
			this.running.set(signal, members);
			set = members;
		}
		this.signal = signal;
		this.latest = set;
		return set;
	}
}
