/** Working through many hits is cut so often, so that others get their turn. */
const TURN_MS = 10;

/** Gives what has to be called after each hit of many. */
export function takingTurns(): () => Promise<void> | undefined {
	let ends = performance.now() + TURN_MS;
	return () => {
		if (performance.now() <= ends) return undefined;
		return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
			ends = performance.now() + TURN_MS;
		});
	};
}
