let running = 0;

/** Counts something that takes its time outside of this process, such as a statement on a server. */
export async function whileUnderWay<T>(work: Promise<T>): Promise<T> {
	running++;
	try {
		return await work;
	} finally {
		running--;
	}
}

export const isUnderWay = () => running > 0;
