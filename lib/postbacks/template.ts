import { jsonEscape, percentEncode } from './encode';
import { toText } from './values';
import {
	type ExpansionContext,
	LAUNCH_VARIABLES,
	MOBILE_VARIABLES,
	type Variable,
	type VariableKind,
} from './variables';

/** 4.x (`{key}`, `{%variable%}`) or launch rules (`{%key%}`, `{%urlenc(key)%}`). */
export type Dialect = 'mobile' | 'launch';

/** How values enter the text: as they are, percent-encoded, or for the inside of a JSON string. */
export type Encoding = 'none' | 'percent' | 'json';

interface Token extends Variable {
	/** `{%urlenc(key)%}`. */
	urlenc: boolean;
}

/** A template, compiled: literal text and tokens in turn. */
export interface Template {
	parts: ReadonlyArray<string | Token>;
	/** Names of `{%…%}` variables that the 4.x dialect does not have. */
	unknownVariables: readonly string[];
}

// Names as core 1.x reads them, and beyond it letters of every script, `$`, `@` and `-`.
const NAME = String.raw`[\p{L}\p{N}_~./&$@-]+`;
const MOBILE_TOKEN = new RegExp(String.raw`\{%(${NAME})%\}|\{(${NAME})\}`, 'gu');
const LAUNCH_TOKEN = new RegExp(String.raw`\{%(?:(${NAME})|(\w+)\((${NAME})\))%\}`, 'gu');

/**
 * Compiles a template. What is no complete token stays literal text: `{}`, `{%%}`, `{ a }`, an
 * unclosed brace.
 *
 * A function of the launch dialect other than `urlenc` leaves the value as it is, as Adobe's SDKs do.
 */
export function compileTemplate(text: string, dialect: Dialect): Template {
	const parts: Array<string | Token> = [];
	const unknownVariables: string[] = [];
	let end = 0;
	for (const match of text.matchAll(dialect === 'mobile' ? MOBILE_TOKEN : LAUNCH_TOKEN)) {
		if (match.index > end) parts.push(text.slice(end, match.index));
		end = match.index + match[0].length;
		if (dialect === 'launch') {
			const key = match[1] ?? match[3] ?? '';
			parts.push({ ...launchKey(key), urlenc: match[2] === 'urlenc' });
		} else if (match[1] === undefined) {
			parts.push({ ...hitKey(match[2] ?? ''), urlenc: false });
		} else {
			const variable = MOBILE_VARIABLES.get(match[1].toLowerCase());
			if (variable === undefined) unknownVariables.push(match[1]);
			else parts.push({ ...variable, urlenc: false });
		}
	}
	if (end < text.length) parts.push(text.slice(end));
	return { parts, unknownVariables };
}

function hitKey(key: string): Variable {
	return { kind: 'text', read: ({ hit }) => toText(hit.get(key)) };
}

function launchKey(key: string): Variable {
	const variable = LAUNCH_VARIABLES.get(key.toLowerCase());
	if (variable === undefined) return hitKey(key);
	return {
		kind: variable.kind,
		read: (context) => toText(context.hit.get(key)) || variable.read(context),
	};
}

/**
 * Expands a template in one pass: what a value contains is never expanded again.
 *
 * @param maxLength Characters; expansion stops beyond it, so that a small template cannot grow
 * without bound on a large hit.
 * @returns The text, or undefined when it is longer than `maxLength`.
 */
export function expandTemplate(
	template: Template,
	context: ExpansionContext,
	encoding: Encoding,
	maxLength: number,
): string | undefined {
	let result = '';
	for (const part of template.parts) {
		if (typeof part === 'string') {
			result += part;
		} else {
			const value = part.read(context);
			// Encoding makes nothing shorter: what is too long already need not be encoded.
			if (result.length + value.length > maxLength) return undefined;
			result += part.urlenc
				? encode(percentEncode(value), part.kind, encoding === 'json' ? 'json' : 'none')
				: encode(value, part.kind, encoding);
		}
		if (result.length > maxLength) return undefined;
	}
	return result;
}

function encode(value: string, kind: VariableKind, encoding: Encoding): string {
	if (encoding === 'percent') return kind === 'query' ? value : percentEncode(value);
	if (encoding === 'json') return kind === 'json' ? value : jsonEscape(value);
	return value;
}
