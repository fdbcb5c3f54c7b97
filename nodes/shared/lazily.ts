/**
 * Puts off loading the working part of a node. n8n loads every node and credential file of every installed
 * package at its start; what they need to work takes far longer to load than what they show.
 * @param load requires the part; called once, again only after it has thrown
 */
export function lazily<T>(load: () => T): () => T {
	let loaded: { part: T } | undefined;
	return () => (loaded ??= { part: load() }).part;
}

type Method = (...args: never[]) => Promise<unknown>;

/**
 * Methods by the names under which n8n asks for them, of a part that is loaded when the first one is called.
 * Each has the type that it has in the part.
 */
export function methodsOf<Part extends Record<Name, Method>, Name extends string>(
	part: () => Part,
	names: readonly Name[],
): Pick<Part, Name> {
	const method = (name: Name) =>
		async function (this: unknown, ...args: never[]): Promise<unknown> {
			return await part()[name].apply(this, args);
		};
	return Object.fromEntries(names.map((name) => [name, method(name)])) as Pick<Part, Name>;
}
