import { types } from 'pg';

/*
 * PostgreSQL has no character U+0000 in a text, and what comes from outside may have it anywhere. It is
 * stored as a character that stands for nothing, U+FFFF, and a digit.
 */
const MARK = '\uFFFF';
const TO_HIDE = /[\0\uFFFF]/;
const EACH_TO_HIDE = /[\0\uFFFF]/g;
const EACH_HIDDEN = /\uFFFF([01])/g;

const hide = (text: string) =>
	TO_HIDE.test(text)
		? text.replace(EACH_TO_HIDE, (c) => (c === MARK ? `${MARK}1` : `${MARK}0`))
		: text;

const show = (text: string) =>
	text.includes(MARK)
		? text.replace(EACH_HIDDEN, (_, digit) => (digit === '1' ? MARK : '\0'))
		: text;

/** A parameter as PostgreSQL can take it. */
export function toParameter(value: unknown): unknown {
	if (typeof value === 'string') return hide(value);
	// SQLite compares whole numbers with fractions, and takes them; the store has no other numbers.
	if (typeof value === 'number') return Math.trunc(value);
	if (typeof value === 'boolean') return value ? 1 : 0;
	if (Array.isArray(value)) return value.map(toParameter);
	return value;
}

const INT8 = 20;
const NUMERIC = 1700;
const TEXTS = new Set([25, 1043]);

/** Times and numbers of the store are far below 2^53. */
export function parserOf(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
	if (oid === INT8 || oid === NUMERIC) return Number;
	if (TEXTS.has(oid)) return show;
	return types.getTypeParser(oid, format as 'text') as (value: string) => unknown;
}
