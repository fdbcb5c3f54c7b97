/** Adds up the processor time of calls: of this thread, which is n8n's event loop, and of all others. */
export class ProcessorTime {
	private eventLoop = 0;
	private others = 0;
	private calls = 0;

	/** Calls, and takes note of what it cost. */
	async measure<T>(call: () => Promise<T>): Promise<T> {
		const [all, own] = [process.cpuUsage(), process.threadCpuUsage()];
		const result = await call();
		const allMs = milliseconds(process.cpuUsage(all));
		const ownMs = milliseconds(process.threadCpuUsage(own));
		this.eventLoop += ownMs;
		this.others += Math.max(0, allMs - ownMs);
		this.calls++;
		return result;
	}

	/** The means, in milliseconds. */
	perCall(): { eventLoop: number; otherThreads: number } {
		return { eventLoop: this.eventLoop / this.calls, otherThreads: this.others / this.calls };
	}
}

const milliseconds = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1000;
