import type fc from 'fast-check';

/** A place where something from outside comes in. */
export interface Entrance {
	/** What comes in there. */
	readonly name: string;
	readonly inputs: fc.Arbitrary<unknown>;
	/**
	 * Takes one input, as the product does.
	 * @throws everything but the errors that are documented for bad input
	 */
	readonly take: (input: never) => unknown;
	/** Takes the place of what a run needs, such as a store. */
	readonly open?: () => Promise<() => Promise<void>>;
}

/** An entrance, with its inputs and what takes them fitting each other. */
export const entrance = <T>(one: {
	name: string;
	inputs: fc.Arbitrary<T>;
	take: (input: T) => unknown;
	open?: () => Promise<() => Promise<void>>;
}): Entrance => one;

type ErrorClass = abstract new (...values: never[]) => Error;

/**
 * Runs something that may refuse its input.
 * @returns what it gives; undefined when it refused with one of these errors, which then must say why
 * @throws every other error
 */
export function refusable<T>(run: () => T, ...refusals: readonly ErrorClass[]): T | undefined {
	try {
		return run();
	} catch (error) {
		const refused = refusals.some((one) => error instanceof one);
		if (!refused || (error as Error).message === '') throw error;
		return undefined;
	}
}

/** The same for what takes its time. */
export async function refusableLater<T>(
	run: () => Promise<T>,
	...refusals: readonly ErrorClass[]
): Promise<T | undefined> {
	const outcome = await run().then(
		(value) => () => value,
		(error: unknown) => () => {
			throw error;
		},
	);
	return refusable(outcome, ...refusals);
}

/** Fails an input that led to what must not be. */
export function must(condition: boolean, what: string): asserts condition {
	if (!condition) throw new Error(what);
}
