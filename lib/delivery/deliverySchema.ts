import {
	DELIVERY_KINDS,
	DELIVERY_STATUSES,
	type Delivery,
	type DeliveryError,
	type DeliveryRequest,
	type DeliveryResponse,
	type DeliverySource,
} from './delivery';

/** Headers that the sender, HTTP itself or a proxy sets. In lower case. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
	'host',
	'connection',
	'content-length',
	'transfer-encoding',
	'keep-alive',
	'upgrade',
	'expect',
	'te',
	'trailer',
	'proxy-authorization',
	'proxy-connection',
	'webhook-id',
	'webhook-timestamp',
	'webhook-signature',
]);

/** Whether a delivery may not set this header. @param name in lower case. */
export function isReservedHeader(name: string): boolean {
	return RESERVED_HEADERS.has(name);
}

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** RFC 9110 section 5.5: no line breaks, nothing beyond Latin-1. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What an id must be so that it can be a header and part of a signature. */
const IDENTIFIER = /^[\x21-\x2d\x2f-\x7e]{1,255}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Absolute, http or https, without user and password. */
const URL_PATTERN = '^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\\\\]+(?:[/?#][^\\r\\n]*)?$';

interface Schema {
	type: 'object' | 'string' | 'integer' | 'boolean';
	[keyword: string]: unknown;
}

type PropertiesOf<T> = Record<keyof T, Schema>;

const text: Schema = { type: 'string' };
const dateTime: Schema = { type: 'string', pattern: DATE_TIME.source };
const count: Schema = { type: 'integer', minimum: 0 };

const request: PropertiesOf<DeliveryRequest> = {
	method: { type: 'string', pattern: TOKEN.source, not: { pattern: '^[Cc][Oo][Nn][Nn][Ee][Cc][Tt]$' } },
	url: { type: 'string', pattern: URL_PATTERN },
	headers: {
		type: 'object',
		propertyNames: {
			pattern: TOKEN.source,
			not: { pattern: `^(?:${[...RESERVED_HEADERS].map(anyCase).join('|')})$` },
		},
		additionalProperties: { type: 'string', pattern: HEADER_VALUE.source },
	},
	body: text,
	timeoutMs: { type: 'integer', minimum: 1 },
};

const source: PropertiesOf<DeliverySource> = { type: text, id: text };
const response: PropertiesOf<DeliveryResponse> = {
	statusCode: { type: 'integer', minimum: 100, maximum: 999 },
	bodyExcerpt: text,
	durationMs: { type: 'integer', minimum: 0 },
};
const error: PropertiesOf<DeliveryError> = { code: text, message: text };
