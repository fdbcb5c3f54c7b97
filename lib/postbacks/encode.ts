const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/**
 * Percent-encodes a value: `A-Z a-z 0-9 - . _ ~` stay, everything else is %XX in upper-case
 * hexadecimal of its UTF-8 (core 1.x and later). Half a surrogate pair becomes U+FFFD.
 */
export function percentEncode(text: string): string {
	if (UNRESERVED.test(text)) return text;
	return encodeURIComponent(text.replace(LONE_SURROGATE, '\uFFFD')).replace(
		/[!'()*]/g,
		(character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
	);
}

/** Escapes a value for the inside of a JSON string, without the quotes around it. */
export function jsonEscape(text: string): string {
	return JSON.stringify(text).slice(1, -1);
}

/**
 * The data of a hit as a query string: flattened with dots, an array as its elements joined by
 * commas, keys and values percent-encoded; null and what cannot be written are left out
 * (`~all_url` of the launch rules; without a leading `&`, as iOS and Android 2+ have it).
 */
export function toQuery(source: object): string {
	const pairs: string[] = [];
	const walk = (container: object, prefix: string) => {
		for (const [name, value] of Object.entries(container) as Array<[string, unknown]>) {
			if (isPlainObject(value)) walk(value, `${prefix}${name}.`);
			else {
				const text = Array.isArray(value)
					? value.map((element) => textOf(element) ?? '').join(',')
					: textOf(value);
				if (text !== undefined)
					pairs.push(`${percentEncode(prefix + name)}=${percentEncode(text)}`);
			}
		}
	};
	walk(source, '');
	return pairs.join('&');
}

function isPlainObject(value: unknown): value is object {
	return (
		typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
	);
}

function textOf(value: unknown): string | undefined {
	switch (typeof value) {
		case 'string':
			return value;
		case 'number':
			return Number.isFinite(value) ? String(value) : undefined;
		case 'boolean':
		case 'bigint':
			return String(value);
		case 'object':
			return value === null ? undefined : toJson(value);
		default:
			return undefined;
	}
}

/** The data of a hit as JSON (`~all_json` of the launch rules). */
export function toJson(source: object): string {
	return JSON.stringify(source, (_, value: unknown) =>
		typeof value === 'bigint' ? value.toString() : value,
	);
}
