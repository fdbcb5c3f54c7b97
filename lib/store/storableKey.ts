import { createHash } from 'node:crypto';

/** What fits into an index of either database with room to spare. */
const LONGEST = 500;
/** PostgreSQL has no text with a zero byte or with half a character in it. */
const UNSTORABLE = /[\0\p{Cs}]/u;

/**
 * A key that came from outside in a form that both databases take and index: itself, or its digest where it
 * is too long or holds what is no text. Equal keys stay equal; applied again it changes nothing.
 */
export function storableKey(key: string): string {
	if (key.length <= LONGEST && !UNSTORABLE.test(key)) return key;
	// In UTF-16, since UTF-8 writes all halves of characters alike.
	return `sha256:${createHash('sha256').update(Buffer.from(key, 'utf16le')).digest('hex')}`;
}
