import type { Clock } from '../../lib/clock';
import { isUnderWay } from './underWay';

interface Sleeper {
	at: number;
	wake: () => void;
}

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
	private wall: number;
	private mono = 1_000;
	private sleepers: Sleeper[] = [];

	constructor(start = Date.parse('2026-01-01T00:00:00Z')) {
		this.wall = start;
	}

	now(): number {
		return this.wall;
	}

	monotonic(): number {
		return this.mono;
	}

	/** Sets the machine's clock without time passing. */
	setWall(at: number): void {
		this.wall = at;
	}

	/** Lets time pass without anybody noticing: as when the process stood still. */
	setMonotonic(at: number): void {
		this.mono = at;
	}

	async sleep(ms: number, signal?: AbortSignal): Promise<void> {
		if (signal?.aborted) return;
		await new Promise<void>((resolve) => {
			const sleeper = { at: this.mono + ms, wake: resolve };
			this.sleepers.push(sleeper);
			signal?.addEventListener(
				'abort',
				() => {
					this.sleepers = this.sleepers.filter((s) => s !== sleeper);
					resolve();
				},
				{ once: true },
			);
		});
	}

	/** Lets time pass, waking sleepers in their order and letting what they do run. */
	async advance(ms: number): Promise<void> {
		const end = this.mono + ms;
		await settleDown();
		for (;;) {
			const next = this.sleepers.filter((s) => s.at <= end).sort((a, b) => a.at - b.at)[0];
			if (!next) break;
			this.sleepers = this.sleepers.filter((s) => s !== next);
			this.wall += Math.max(0, next.at - this.mono);
			this.mono = Math.max(this.mono, next.at);
			next.wake();
			await settleDown();
		}
		this.wall += end - this.mono;
		this.mono = end;
	}
}

/** Lets promises and immediates that are ready run, and what is under way elsewhere come to its end. */
export async function settleDown(turns = 12): Promise<void> {
	for (let i = 0; i < turns; i++) {
		do await new Promise((resolve) => setImmediate(resolve));
		while (isUnderWay());
	}
}
