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
/** An id stands in a header, and before a dot in what is signed. */
const IDENTIFIER = /^[\x21-\x2d\x2f-\x7e]{1,255}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
const METHOD =
	/^(?!(?:[Cc][Oo][Nn][Nn][Ee][Cc][Tt]|[Tt][Rr][Aa][Cc][Ee])$)[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** Absolute, http or https, without user and password, without line breaks. */
const WEB_URL = /^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^/?#@\\\s]+(?:[/?#]\P{Cc}*)?$/u;
/** No longer than a timer of the host can be. */
const LONGEST_TIMEOUT_MS = 3_600_000;

interface Schema {
	type: 'object' | 'string' | 'integer' | 'boolean';
	[keyword: string]: unknown;
}

type RequiredKey<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];

/** Does not compile unless it names exactly the properties, and the required ones, of the type. */
function schemaOf<T>(
	required: Record<RequiredKey<T>, true>,
	properties: Record<keyof T, Schema>,
): Schema {
	return { type: 'object', required: Object.keys(required), properties };
}

const text: Schema = { type: 'string' };
const filledText: Schema = { type: 'string', minLength: 1 };
const dateTime: Schema = { type: 'string', pattern: DATE_TIME.source };
const count: Schema = { type: 'integer', minimum: 0 };
const reservedName = [...RESERVED_HEADERS].map(inAnyCase).join('|');

function inAnyCase(name: string): string {
	return name.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`);
}

/** JSON Schema (draft 7) of an item's `json` that carries a delivery. Further fields are allowed. */
export const deliverySchema = {
	$schema: 'http://json-schema.org/draft-07/schema#',
	title: 'Delivery item',
	type: 'object',
	required: ['delivery'],
	properties: {
		delivery: schemaOf<Delivery>(
			{ id: true, kind: true, name: true, request: true, attempt: true, status: true },
			{
				id: { type: 'string', pattern: IDENTIFIER.source },
				kind: { type: 'string', enum: DELIVERY_KINDS },
				name: text,
				source: schemaOf<DeliverySource>({ type: true, id: true }, { type: text, id: text }),
				subject: text,
				eventId: text,
				expiresAt: dateTime,
				test: { type: 'boolean' },
				queue: filledText,
				request: schemaOf<DeliveryRequest>(
					{ method: true, url: true, headers: true },
					{
						method: { type: 'string', pattern: METHOD.source },
						url: { type: 'string', pattern: WEB_URL.source },
						headers: {
							type: 'object',
							propertyNames: { pattern: `^(?!(?:${reservedName})$)${TOKEN.source.slice(1)}` },
							additionalProperties: { type: 'string', pattern: HEADER_VALUE.source },
						},
						body: text,
						timeoutMs: { type: 'integer', minimum: 1, maximum: LONGEST_TIMEOUT_MS },
					},
				),
				attempt: count,
				status: { type: 'string', enum: DELIVERY_STATUSES },
				lastAttemptAt: dateTime,
				nextAttemptAt: dateTime,
				response: schemaOf<DeliveryResponse>(
					{},
					{ statusCode: count, bodyExcerpt: text, durationMs: count },
				),
				error: schemaOf<DeliveryError>(
					{ code: true, message: true },
					{ code: text, message: text },
				),
				reason: text,
				lease: text,
			},
		),
	},
} as const;

/**
 * Whether an n8n item's `json` is to be read as a delivery, good or bad. Any event may have a field of that
 * name; one with an id and a request is nothing else.
 */
export function carriesDelivery(json: unknown): boolean {
	const delivery = isFields(json) ? json.delivery : undefined;
	return isFields(delivery) && typeof delivery.id === 'string' && delivery.request !== undefined;
}

export type DeliveryReading = { ok: true; delivery: Delivery } | { ok: false; problems: string[] };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a delivery from an n8n item's `json`. Copies nothing: what comes back is what went in.
 * @returns problems that each name the path and the mend, without the value, which may be a secret.
 */
export function readDelivery(json: unknown): DeliveryReading {
	const delivery = isFields(json) ? json.delivery : undefined;
	const problems: string[] = [];
	if (isFields(delivery)) checkDelivery(delivery, problems);
	else problems.push('delivery is missing: the item has to come from a node that makes deliveries');
	if (problems.length > 0) return { ok: false, problems };
	return { ok: true, delivery: delivery as unknown as Delivery };
}

function checkDelivery(delivery: Fields, problems: string[]): void {
	need(
		delivery,
		'id',
		IDENTIFIER,
		'delivery.id',
		'an id of printable characters without dots',
		problems,
	);
	needOneOf(delivery, 'kind', DELIVERY_KINDS, problems);
	need(delivery, 'name', undefined, 'delivery.name', 'a text', problems);
	needOneOf(delivery, 'status', DELIVERY_STATUSES, problems);
	if (!isCount(delivery.attempt)) {
		complain(delivery.attempt, 'delivery.attempt', 'the number of attempts made so far', problems);
	}
	if (isFields(delivery.request)) checkRequest(delivery.request, problems);
	else
		complain(delivery.request, 'delivery.request', 'an object with method, url, headers', problems);
	for (const name of OPTIONAL_TEXTS) allowText(delivery, name, 'delivery', undefined, problems);
	for (const name of OPTIONAL_DATES) allowText(delivery, name, 'delivery', DATE_TIME, problems);
	if (delivery.queue === '') complain('', 'delivery.queue', 'the name of a queue', problems);
	if (delivery.test !== undefined && typeof delivery.test !== 'boolean') {
		complain(delivery.test, 'delivery.test', 'true or false', problems);
	}
	checkParts(delivery, problems);
}

const OPTIONAL_TEXTS = ['subject', 'eventId', 'queue', 'reason', 'lease'];
const OPTIONAL_DATES = ['expiresAt', 'lastAttemptAt', 'nextAttemptAt'];

function checkRequest(request: Fields, problems: string[]): void {
	need(request, 'method', METHOD, 'delivery.request.method', 'a method such as POST', problems);
	const { url } = request;
	if (typeof url !== 'string' || !WEB_URL.test(url) || !URL.parse(url)) {
		const mend = 'an absolute http or https URL without user and password';
		complain(url, 'delivery.request.url', mend, problems);
	}
	if (isFields(request.headers)) checkHeaders(request.headers, problems);
	else complain(request.headers, 'delivery.request.headers', 'an object of texts', problems);
	allowText(request, 'body', 'delivery.request', undefined, problems);
	const { timeoutMs } = request;
	if (timeoutMs === undefined) return;
	if (!isCount(timeoutMs) || timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT_MS) {
		const mend = `whole milliseconds from 1 to ${LONGEST_TIMEOUT_MS}`;
		complain(timeoutMs, 'delivery.request.timeoutMs', mend, problems);
	}
}

function checkHeaders(headers: Fields, problems: string[]): void {
	for (const name of Object.keys(headers)) {
		const path = `delivery.request.headers[${JSON.stringify(name)}]`;
		if (!TOKEN.test(name)) {
			problems.push(`${path} has a name that no header can have: use letters, digits and hyphens`);
		} else if (isReservedHeader(name.toLowerCase())) {
			problems.push(`${path} is set by the sender itself: leave it out`);
		}
		const value = headers[name];
		if (typeof value !== 'string' || !HEADER_VALUE.test(value)) {
			complain(value, path, 'a text without line breaks, of Latin-1 characters', problems);
		}
	}
}

function checkParts(delivery: Fields, problems: string[]): void {
	const { source, response, error } = delivery;
	if (source !== undefined) {
		checkPart(source, 'delivery.source', ['type', 'id'], problems);
	}
	if (error !== undefined) {
		checkPart(error, 'delivery.error', ['code', 'message'], problems);
	}
	if (response === undefined) return;
	if (!isFields(response)) {
		complain(response, 'delivery.response', 'an object', problems);
		return;
	}
	allowText(response, 'bodyExcerpt', 'delivery.response', undefined, problems);
	for (const name of ['statusCode', 'durationMs']) {
		if (response[name] === undefined || isCount(response[name])) continue;
		complain(response[name], `delivery.response.${name}`, 'a whole number', problems);
	}
}

function checkPart(
	part: unknown,
	path: string,
	names: readonly string[],
	problems: string[],
): void {
	if (!isFields(part)) {
		complain(part, path, `an object with ${names.join(' and ')}`, problems);
		return;
	}
	for (const name of names) need(part, name, undefined, `${path}.${name}`, 'a text', problems);
}

function need(
	fields: Fields,
	name: string,
	pattern: RegExp | undefined,
	path: string,
	mend: string,
	problems: string[],
): void {
	const value = fields[name];
	if (typeof value !== 'string' || pattern?.test(value) === false)
		complain(value, path, mend, problems);
}

function needOneOf(
	fields: Fields,
	name: string,
	values: readonly string[],
	problems: string[],
): void {
	const value = fields[name];
	if (typeof value === 'string' && values.includes(value)) return;
	complain(value, `delivery.${name}`, `one of ${values.join(', ')}`, problems);
}

function allowText(
	fields: Fields,
	name: string,
	path: string,
	pattern: RegExp | undefined,
	problems: string[],
): void {
	if (fields[name] === undefined) return;
	const mend = pattern ? 'an ISO 8601 date with time and zone, or nothing' : 'a text, or nothing';
	need(fields, name, pattern, `${path}.${name}`, mend, problems);
}

function complain(value: unknown, path: string, mend: string, problems: string[]): void {
	problems.push(`${path} is ${value === undefined ? 'missing' : 'not right'}: give ${mend}`);
}

function isFields(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
	return Number.isInteger(value) && (value as number) >= 0;
}
