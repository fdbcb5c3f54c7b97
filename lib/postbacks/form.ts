import { HitError } from './errors';
import { keyTooLong, MAX_HIT_DEPTH, MAX_KEY_LENGTH, shorten } from './hit';

/**
 * Reads one hit from a urlencoded form or a query string.
 *
 * Context data of Adobe Analytics nests: `c.` without a value opens it, `name.` opens a level in it,
 * `.name` and `.c` close, so that `c.&a.&AppID=X&.a&.c` is `a.AppID` = `X`. Keys outside stay as
 * they are. A key given twice keeps its last value; a pair without a key is ignored.
 *
 * @param what `form` or `query`, for messages.
 * @returns An object without a prototype. Its keys are dotted, as the SDK's context data are.
 * @throws HitError 400 for a broken percent escape, bytes that are not UTF-8, and levels that are
 * not closed in the order they were opened.
 */
export function parseForm(text: string, what: 'form' | 'query'): Record<string, string> {
	const hit = Object.create(null) as Record<string, string>;
	const open: string[] = [];
	let prefix = '';
	for (const pair of text.split('&')) {
		const equals = pair.indexOf('=');
		const key = unescape(equals === -1 ? pair : pair.slice(0, equals), what);
		const value = equals === -1 ? '' : unescape(pair.slice(equals + 1), what);
		if (key === '') continue;
		if (value === '' && opens(key, open)) {
			enter(key.slice(0, -1), open, what);
			prefix = prefixOf(open);
		} else if (value === '' && closes(key, open)) {
			leave(key.slice(1), open, what);
			prefix = prefixOf(open);
		} else {
			// Before it is a key, since each holds the levels above it once more.
			if (prefix.length + key.length > MAX_KEY_LENGTH) throw keyTooLong(prefix + key);
			hit[prefix + key] = value;
		}
	}
	const left = open.at(-1);
	if (left !== undefined) {
		throw new HitError(
			400,
			`The ${what} opens "${shorten(left)}." and does not close it: add "&.${shorten(left)}"`,
		);
	}
	return hit;
}

function opens(key: string, open: readonly string[]): boolean {
	if (open.length === 0) return key === 'c.';
	return key.length > 1 && key.endsWith('.') && !key.startsWith('.');
}

function closes(key: string, open: readonly string[]): boolean {
	return open.length === 0 ? key === '.c' : key.length > 1 && key.startsWith('.');
}

function enter(name: string, open: string[], what: string): void {
	if (open.length > MAX_HIT_DEPTH) {
		throw new HitError(
			400,
			`The ${what} nests context data deeper than ${MAX_HIT_DEPTH} levels at "${shorten(name)}.": flatten it`,
		);
	}
	open.push(name);
}

function leave(name: string, open: string[], what: string): void {
	const level = open.pop();
	if (level === undefined) {
		throw new HitError(
			400,
			`The ${what} closes ".${shorten(name)}", which is not open: put "${shorten(name)}.&" before it`,
		);
	}
	if (level !== name) {
		throw new HitError(
			400,
			`The ${what} closes ".${shorten(name)}" while "${shorten(level)}." is open: close that first`,
		);
	}
}

/** `c` itself, the outermost level, is no part of the keys. */
function prefixOf(open: readonly string[]): string {
	return open.length < 2 ? '' : `${open.slice(1).join('.')}.`;
}

function unescape(text: string, what: string): string {
	const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
	if (!spaced.includes('%')) return spaced;
	try {
		return decodeURIComponent(spaced);
	} catch {
		throw new HitError(
			400,
			`The ${what} has a percent escape that is no UTF-8 near "${shorten(text)}": write a percent sign as %25`,
		);
	}
}
