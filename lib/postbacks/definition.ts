import type { PostbackCondition } from './conditions';
import type { Dialect } from './template';

export const POSTBACK_TYPES = ['custom', 'pii'] as const;
export type PostbackType = (typeof POSTBACK_TYPES)[number];

export const SHOW_RULES = ['always', 'once'] as const;
export type ShowRule = (typeof SHOW_RULES)[number];

/** "Mobile Services", ADBMobileConfig.json and the Signal extension. */
export const DEFAULT_TIMEOUT_SECONDS = 2;
/** "Mobile Services", ADBMobileConfig.json. */
export const DEFAULT_CONTENT_TYPE = 'application/x-www-form-urlencoded';

/** One postback: when it is sent and what ("Mobile Services, Postbacks"). */
export interface PostbackDefinition {
	/** Unique among the definitions of an engine. */
	id: string;
	name: string;
	/** `pii` goes to https only and matches only hits that came by collectPII. */
	type: PostbackType;
	/** An inactive postback never matches. */
	active: boolean;
	/** How tokens are written in `url` and `body`. */
	dialect: Dialect;
	url: string;
	/** With a body the request is a POST, else a GET. */
	body?: string;
	/** JSONata, instead of `body`; its input is the hit as it came. */
	bodyExpression?: string;
	/**
	 * Sent as Content-Type with a body: {@link DEFAULT_CONTENT_TYPE} unless told, or
	 * `application/json` where an expression gives something else than text.
	 */
	contentType?: string;
	/** {@link DEFAULT_TIMEOUT_SECONDS} unless told; 0 is the default too. */
	timeoutSeconds?: number;
	condition: PostbackCondition;
	/** Epoch milliseconds, inclusive. */
	startDate?: number;
	/** Epoch milliseconds, inclusive. */
	endDate?: number;
	/** `once`: for each visitor, by `visitorKey`. */
	showRule: ShowRule;
	/** The hit key that names the visitor; needed for `once`. */
	visitorKey?: string;
}
