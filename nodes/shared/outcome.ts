/** What came of some work: its value, or what it threw. */
export type Outcome<T> = { value: T; error?: undefined } | { error: unknown };

/** Does some work, and gives what it throws instead of throwing it. */
export function outcomeOf<T>(work: () => T): Outcome<T> {
	try {
		return { value: work() };
	} catch (error) {
		return { error };
	}
}

/** The same for work that takes time. */
export async function outcomeLater<T>(work: () => Promise<T>): Promise<Outcome<T>> {
	try {
		return { value: await work() };
	} catch (error) {
		return { error };
	}
}
