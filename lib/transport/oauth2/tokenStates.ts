import { emptyTokenState, type TokenState } from './tokenSource';

/** On the process and not on the module: executions and copies of this package share tokens. */
const STATES = Symbol.for('n8n-nodes-postback.tokens.1');
/** Each edit of a credential begins a new one; the longest unused are dropped. */
const MOST_STATES = 200;

function states(): Map<string, TokenState> {
	const holder = globalThis as { [STATES]?: Map<string, TokenState> };
	return (holder[STATES] ??= new Map());
}

/**
 * What this process knows of a credential's tokens.
 * @param key a hash of the credential's content
 */
export function tokenStateOf(key: string): TokenState {
	const known = states();
	const state = known.get(key) ?? emptyTokenState();
	known.delete(key);
	known.set(key, state);
	for (const oldest of known.keys()) {
		if (known.size <= MOST_STATES) break;
		known.delete(oldest);
	}
	return state;
}

/** Forgets every token; for tests. */
export function forgetTokens(): void {
	states().clear();
}
