/** A hit, or the request that carries hits, that cannot be taken in. Nothing of it was processed. */
export class HitError extends Error {
	override readonly name = 'HitError';

	/**
	 * @param status What to answer: 400 for a hit that is none, 413 for one over a limit.
	 * @param message What is wrong and how to mend it.
	 * @param index Which hit of the request, from 0, where one can be named.
	 */
	constructor(
		readonly status: 400 | 413,
		message: string,
		readonly index?: number,
	) {
		super(message);
	}
}

const MOST_LISTED = 50;

/** A postback that is set up wrongly. Thrown at activation, never for a hit. */
export class DefinitionError extends Error {
	override readonly name = 'DefinitionError';

	/** @param problems One sentence each: the field, what is wrong with it and how to mend it. */
	constructor(readonly problems: readonly string[]) {
		super(describe(problems));
	}
}

function describe(problems: readonly string[]): string {
	if (problems.length <= MOST_LISTED) return problems.join('\n');
	const more = problems.length - MOST_LISTED;
	return `${problems.slice(0, MOST_LISTED).join('\n')}\n… and ${more} more problems`;
}
