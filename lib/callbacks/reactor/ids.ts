import { isResourceId } from '../jsonApi';
import { ReactorError } from './errors';

const NAMES = {
	AE: 'audit event',
	CB: 'callback',
	CO: 'company',
	PR: 'property',
} as const;

export type IdPrefix = keyof typeof NAMES;

/**
 * Checks an id before it goes into a path: it may come from an item, and must lead nowhere else.
 * @returns it without spaces around
 * @throws ReactorError that says what such an id looks like
 */
export function checkedId(prefix: IdPrefix, value: unknown): string {
	const text: unknown = typeof value === 'string' ? value.trim() : '';
	if (isResourceId(text, prefix)) return text;
	const given = text === '' ? 'nothing' : `"${String(text).slice(0, 60)}"`;
	throw new ReactorError(
		`The id of a ${NAMES[prefix]} is ${prefix} and 32 hexadecimal digits, and this is ${given}`,
		{ kind: 'invalid' },
	);
}
