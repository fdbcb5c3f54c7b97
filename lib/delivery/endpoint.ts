const known = new Map<string, string>();
const MOST_KNOWN = 10_000;
/** No name of a host is longer; what somebody makes up must not be held on to. */
const LONGEST_KNOWN = 300;

/**
 * The endpoint of a URL: scheme, host and port. Fairness, pauses and the circuit breaker go by it.
 * @throws TypeError when the text is no absolute URL
 */
export function endpointOf(url: string): string {
	const authority = /^https?:\/\/[^/?#\\]+/i.exec(url)?.[0] ?? url;
	const found = known.get(authority);
	if (found !== undefined) return found;
	const { origin } = new URL(authority);
	if (authority.length > LONGEST_KNOWN) return origin;
	if (known.size >= MOST_KNOWN) known.clear();
	known.set(authority, origin);
	return origin;
}
