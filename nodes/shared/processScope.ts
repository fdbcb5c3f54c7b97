/**
 * What one n8n process has once, however often the package is loaded: n8n loads it again after an
 * update, and two copies must not open the store twice.
 */
const SCOPE = Symbol.for('n8n-nodes-postback.process.v1');

/** Gives the value kept under a name, making it on first use. */
export function oncePerProcess<T>(name: string, make: () => T): T {
	const holder = globalThis as { [SCOPE]?: Map<string, unknown> };
	const kept = (holder[SCOPE] ??= new Map());
	if (!kept.has(name)) kept.set(name, make());
	return kept.get(name) as T;
}

/**
 * Aborts when the process is asked to end. n8n's own cancel signal does not fire then, and what is under
 * way has to be settled before the process goes.
 */
export function shutdownSignal(): AbortSignal {
	return oncePerProcess('shutdown', () => {
		const ending = new AbortController();
		const end = () => ending.abort();
		process.once('SIGTERM', end);
		process.once('SIGINT', end);
		return ending.signal;
	});
}
