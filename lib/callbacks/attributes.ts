import type { Conditions } from './condition';
import { CallbackFieldError } from './errors';
import { readSubscriptions } from './subscriptions';

const LONGEST_URL = 4_096;

/** What an operator allows of callbacks' URLs. */
export interface UrlRules {
	/** http:// beside https:// (Reactor callbacks: URLs must be https). */
	allowHttp: boolean;
	/** Refuses a host that must not be sent to, by throwing: an egress guard's check. */
	checkUrl: (url: URL) => Promise<void>;
}

/** The attributes of a callback that can be written, as far as they were given. */
export interface WrittenAttributes {
	url?: string;
	subscriptions?: string[];
	condition?: string | null;
	/** The callback is to be sent to again. */
	enable?: boolean;
	warnings: string[];
}

/**
 * Reads attributes that are to be written. Others, such as timestamps that came with the resource, are let
 * be: clients send back what they got.
 * @throws CallbackFieldError that names the attribute
 */
export async function readAttributes(
	given: Readonly<Record<string, unknown>>,
	rules: UrlRules,
	conditions: Conditions,
): Promise<WrittenAttributes> {
	const written: WrittenAttributes = { warnings: [] };
	if (given.url !== undefined) written.url = await readUrl(given.url, rules);
	if (given.subscriptions !== undefined) {
		const { subscriptions, warnings } = readSubscriptions(given.subscriptions);
		written.subscriptions = subscriptions;
		written.warnings.push(...warnings);
	}
	if (given.condition === null || given.condition === '') {
		written.condition = null;
	} else if (given.condition !== undefined) {
		const condition = given.condition;
		conditions.check(condition);
		written.condition = condition;
	}
	if (given.disabled_at === null) written.enable = true;
	return written;
}

/** @throws CallbackFieldError when an attribute that a new callback needs was not given */
export function requireAll(
	written: WrittenAttributes,
): asserts written is WrittenAttributes & { url: string; subscriptions: string[] } {
	if (written.url === undefined) {
		throw new CallbackFieldError('url', 'is missing: give the URL that messages are sent to');
	}
	if (written.subscriptions === undefined) {
		throw new CallbackFieldError(
			'subscriptions',
			'is missing: give a list of event types, such as ["rule.created"]',
		);
	}
}

async function readUrl(value: unknown, { allowHttp, checkUrl }: UrlRules): Promise<string> {
	const refuse = (problem: string): never => {
		throw new CallbackFieldError('url', problem);
	};
	if (typeof value !== 'string' || value === '') return refuse('has to be an absolute https URL');
	if (value.length > LONGEST_URL) return refuse(`is longer than ${LONGEST_URL} characters`);
	// A parser would drop these, and something else than what stands there would be sent to.
	if (/[\s\p{Cc}]/u.test(value)) return refuse('holds spaces or control characters');
	const url = URL.parse(value);
	if (!url || url.hostname === '') return refuse('has to be an absolute https URL');
	if (url.protocol !== 'https:' && !(allowHttp && url.protocol === 'http:')) {
		return refuse('has to begin with https://');
	}
	if (url.username !== '' || url.password !== '') {
		return refuse('must not hold a user or a password');
	}
	try {
		await checkUrl(url);
	} catch (error) {
		// Not why: a subscriber could read from it which addresses names have inside.
		const refused = new CallbackFieldError(
			'url',
			'leads to a host that nothing is sent to from here',
		);
		refused.cause = error;
		throw refused;
	}
	return value;
}
