import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a form does, and to what. */
export interface FormAction {
	/** The page that it stands in: its workflow and node. */
	scope: string;
	action: string;
	/** A delivery's id, or the filter of all that are meant. */
	target: string;
}

export type TokenProblem = 'missing' | 'forged' | 'expired';

/** A form is good for so long after its page was made. */
export const FORM_MS = 3_600_000;
/** Processes that share a store may differ so much in their clocks. */
const SKEW_MS = 60_000;

/**
 * Makes the token of a form. The page lies in a sandbox with an origin of its own, so that neither cookies
 * nor the Origin header tell its forms from those of a foreign page; only who has read the page knows it.
 * @param nonce unlike that of every other form, so that each can be used once
 */
export function signForm(key: string, form: FormAction, now: number, nonce: string): string {
	const head = `${now.toString(36)}.${nonce}`;
	return `${head}.${macOf(key, head, form)}`;
}

/** What is wrong with a token for an action; undefined when it is good. */
export function problemOf(
	key: string,
	form: FormAction,
	token: string,
	now: number,
): TokenProblem | undefined {
	if (token === '') return 'missing';
	const [, head, issued, mac] = /^(([0-9a-z]{1,11})\.[\w-]{16,64})\.([\w-]{43})$/.exec(token) ?? [];
	if (head === undefined) return 'forged';
	const expected = Buffer.from(macOf(key, head, form));
	if (!timingSafeEqual(expected, Buffer.from(mac))) return 'forged';
	const at = parseInt(issued, 36);
	return at > now + SKEW_MS || at < now - FORM_MS ? 'expired' : undefined;
}

/** As JSON, so that no two forms have one text. */
const macOf = (key: string, head: string, { scope, action, target }: FormAction) =>
	createHmac('sha256', key)
		.update(JSON.stringify([head, scope, action, target]))
		.digest('base64url');
