/** Something to be sent to an endpoint. */
export interface Endpointed {
	readonly endpoint: string;
}

interface Lane<T> {
	jobs: T[];
	head: number;
	inFlight: number;
}

/** What was taken out is let go in portions of so many at least, since making the list anew takes time. */
const LET_GO = 1_024;

/**
 * What one sender has in hand, taken in turns between endpoints, so that a slow one holds only a part of
 * the places.
 */
export class FairLine<T extends Endpointed> {
	private readonly lanes = new Map<string, Lane<T>>();
	/** Endpoints that have something waiting, in the order of their turns. */
	private turns: string[] = [];
	private waitingCount = 0;

	constructor(private readonly places: number) {}

	get waiting(): number {
		return this.waitingCount;
	}

	add(job: T): void {
		let lane = this.lanes.get(job.endpoint);
		if (!lane) this.lanes.set(job.endpoint, (lane = { jobs: [], head: 0, inFlight: 0 }));
		if (lane.head === lane.jobs.length) this.turns.push(job.endpoint);
		lane.jobs.push(job);
		this.waitingCount++;
	}

	/**
	 * The next job that may start, in turns; undefined when none may now.
	 * @param room how many more of an endpoint may start
	 */
	take(room: (endpoint: string) => number): T | undefined {
		const share = this.turns.length > 1 ? Math.max(1, Math.ceil(this.places / 2)) : this.places;
		for (let looked = 0; looked < this.turns.length; looked++) {
			const endpoint = this.turns[looked];
			const lane = this.lanes.get(endpoint) as Lane<T>;
			if (lane.inFlight >= share || room(endpoint) <= 0) continue;
			const job = lane.jobs[lane.head++];
			lane.inFlight++;
			this.waitingCount--;
			this.turns.splice(looked, 1);
			if (lane.head < lane.jobs.length) this.turns.push(endpoint);
			else lane.jobs = [];
			letGo(lane);
			return job;
		}
		return undefined;
	}

	/** A job that was taken is over. */
	done(job: T): void {
		const lane = this.lanes.get(job.endpoint);
		if (lane) lane.inFlight--;
	}

	/** Takes everything out that waits for an endpoint. */
	drain(endpoint: string): T[] {
		const lane = this.lanes.get(endpoint);
		if (!lane) return [];
		const jobs = lane.jobs.slice(lane.head);
		lane.jobs = [];
		lane.head = 0;
		this.waitingCount -= jobs.length;
		this.turns = this.turns.filter((turn) => turn !== endpoint);
		return jobs;
	}

	/** Takes everything out that waits. */
	drainAll(): T[] {
		const drained: T[] = [];
		for (const endpoint of this.turns) {
			const lane = this.lanes.get(endpoint) as Lane<T>;
			for (; lane.head < lane.jobs.length; lane.head++) drained.push(lane.jobs[lane.head]);
			lane.jobs = [];
			lane.head = 0;
		}
		this.turns = [];
		this.waitingCount = 0;
		return drained;
	}

	/** Endpoints that have something waiting. */
	endpoints(): readonly string[] {
		return this.turns;
	}
}

/** Jobs may be added for hours: those that were taken must not be held on to. */
function letGo(lane: Lane<unknown>): void {
	if (lane.head >= LET_GO && lane.head * 2 >= lane.jobs.length) {
		lane.jobs = lane.jobs.slice(lane.head);
		lane.head = 0;
	} else if (lane.jobs.length === 0) lane.head = 0;
}

/** Puts jobs in the order in which turns would take them, so that places in a lease follow the sending. */
export function inTurns<T extends Endpointed>(jobs: readonly T[]): T[] {
	const first = jobs[0]?.endpoint;
	if (jobs.every((job) => job.endpoint === first)) return [...jobs];
	const line = new FairLine<T>(Number.MAX_SAFE_INTEGER);
	for (const job of jobs) line.add(job);
	const ordered: T[] = [];
	for (let job = line.take(() => Infinity); job; job = line.take(() => Infinity)) {
		ordered.push(job);
	}
	return ordered;
}
