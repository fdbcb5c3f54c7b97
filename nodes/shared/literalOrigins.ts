/**
 * The origin that stands literally in a parameter, where its URL is no expression up to the path: only there
 * may a credential go that names no domains.
 * @param parameter as it stands in the node
 */
export function literalOrigins(parameter: unknown): string[] {
	const url = String(parameter ?? '');
	const literal = (url.startsWith('=') ? url.slice(1).split('{{')[0] : url).trimStart();
	const origin = /^https?:\/\/[^/?#{}\\\s]+(?=[/?#]|$)/i.exec(literal)?.[0];
	// Without a path after it, an expression could go on with the host's name.
	if (!origin || (url.includes('{{') && literal === origin)) return [];
	const parsed = URL.parse(origin);
	return parsed ? [parsed.origin] : [];
}
