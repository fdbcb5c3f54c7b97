import { Worker } from 'node:worker_threads';

/** No input may take longer, on a machine that has other work besides. */
const LONGEST_MS = 1_000;
/** When an input never comes to an end, its process is ended in place of it. */
const HOPELESS_MS = 60_000;

/**
 * Ends this process when one input takes for ever, which no timer of the same thread could: a regular
 * expression that does not come back lets none run.
 */
const WATCHER = `
const { workerData, threadId } = require('node:worker_threads');
const { writeSync } = require('node:fs');
let last = -1;
setInterval(() => {
	const now = Atomics.load(workerData.beats, 0);
	if (now === last && Atomics.load(workerData.beats, 1) === 1) {
		writeSync(2, workerData.name + ': an input took longer than ${HOPELESS_MS} ms; seed ' + workerData.seed + '\\n');
		process.kill(process.pid, 'SIGKILL');
	}
	last = now;
}, ${HOPELESS_MS});
`;

export interface Watch {
	/**
	 * Runs one input.
	 * @throws what it throws; an Error when it is too slow each of three times, or changes what all objects share
	 */
	run(take: () => unknown): Promise<void>;
	/** The longest time that an input took, in milliseconds. */
	slowest(): number;
	end(): Promise<void>;
}

/** Watches one entrance. */
export function watch(name: string, seed: number): Watch {
	const beats = new Int32Array(new SharedArrayBuffer(8));
	const worker = new Worker(WATCHER, { eval: true, workerData: { beats, name, seed } });
	worker.unref();
	const shared = sharedObjects();
	let slowest = 0;
	const timed = async (take: () => unknown) => {
		Atomics.add(beats, 0, 1);
		Atomics.store(beats, 1, 1);
		const began = performance.now();
		try {
			await take();
		} finally {
			Atomics.store(beats, 1, 0);
		}
		return performance.now() - began;
	};
	return {
		async run(take) {
			let took = await timed(take);
			// Others may have had the machine meanwhile.
			for (let again = 0; took > LONGEST_MS && again < 2; again++) {
				took = Math.min(took, await timed(take));
			}
			slowest = Math.max(slowest, took);
			if (took > LONGEST_MS) throw new Error(`${name}: took ${Math.round(took)} ms`);
			if (sharedObjects() !== shared) throw new Error(`${name}: changed what all objects share`);
		},
		slowest: () => slowest,
		end: async () => {
			await worker.terminate();
		},
	};
}

/** What objects, arrays and functions share; one text that changes when something is put there. */
function sharedObjects(): string {
	return [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype]
		.map((one) => Reflect.ownKeys(one).length)
		.join(' ');
}
