const MOST_LISTED = 20;

/** A destination that is set up wrongly. Thrown before anything is decided, never for a profile. */
export class DestinationError extends Error {
	override readonly name = 'DestinationError';

	/** @param problems One sentence each: the field, what is wrong with it and how to mend it. */
	constructor(readonly problems: readonly string[]) {
		super(listed(problems).join('\n'));
	}
}

/** At most {@link MOST_LISTED} problems, and how many more there are. */
export function listed(problems: readonly string[]): string[] {
	if (problems.length <= MOST_LISTED) return [...problems];
	const more = problems.length - MOST_LISTED;
	return [...problems.slice(0, MOST_LISTED), `… and ${more} more problems`];
}

/** At most 100 characters of a text that somebody else chose, for a message. */
export function shorten(text: string): string {
	return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
}
