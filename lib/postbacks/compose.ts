import type { Random } from '../clock';
import type { DeliveryRequest } from '../delivery/delivery';
import {
	DEFAULT_CONTENT_TYPE,
	DEFAULT_TIMEOUT_SECONDS,
	type PostbackDefinition,
} from './definition';
import { type EvaluateBody, ExpressionError, MAX_BODY_BYTES } from '../expression';
import type { Hit } from './hit';
import { compileTemplate, type Encoding, expandTemplate, type Template } from './template';
import { errorOfUrl, hasLiteralHost, MAX_URL_BYTES, urlTooLong } from './urls';
import type { ExpansionContext } from './variables';

/** A definition, ready to be expanded for hits. */
export interface CompiledPostback {
	definition: PostbackDefinition;
	url: Template;
	literalHost: boolean;
	/** Undefined for a GET and for an expression. */
	body?: Template;
	bodyEncoding: Encoding;
	evaluateBody?: EvaluateBody;
	timeoutMs: number;
}

export interface CompositionEnvironment {
	/** Epoch milliseconds. */
	now: number;
	random: Random;
}

export interface CompositionError {
	/** invalid_url, not_https, url_too_long, body_too_large, expression_failed or expression_timeout. */
	code: string;
	message: string;
}

/** The request, or why there is none. */
export type Composition = { request: DeliveryRequest } | { error: CompositionError };

/**
 * Compiles what a valid definition composes.
 *
 * @param escapeJson Whether values are escaped in JSON bodies; a departure, since the original lets
 * a quote in a value break the body.
 * @param evaluateBody The compiled `bodyExpression`, where there is one.
 */
export function compilePostback(
	definition: PostbackDefinition,
	escapeJson: boolean,
	evaluateBody?: EvaluateBody,
): CompiledPostback {
	const url = compileTemplate(definition.url, definition.dialect);
	return {
		definition,
		url,
		literalHost: hasLiteralHost(url),
		body: definition.body ? compileTemplate(definition.body, definition.dialect) : undefined,
		bodyEncoding: encodingOfBody(definition, escapeJson),
		evaluateBody,
		timeoutMs: (definition.timeoutSeconds || DEFAULT_TIMEOUT_SECONDS) * 1000,
	};
}

/**
 * How values enter a body. In 4.x they are percent-encoded unless the content type is JSON (release
 * notes); the launch rules encode nothing by themselves.
 */
function encodingOfBody(definition: PostbackDefinition, escapeJson: boolean): Encoding {
	const type = (definition.contentType ?? '').split(';', 1)[0]!.trim().toLowerCase();
	if (type === 'application/json' || type.endsWith('+json')) return escapeJson ? 'json' : 'none';
	return definition.dialect === 'mobile' ? 'percent' : 'none';
}

/**
 * Composes one postback for one hit. A Promise only when the body is an expression; what cannot be
 * composed is an error in the result, never thrown.
 */
export function compose(
	postback: CompiledPostback,
	hit: Hit,
	{ now, random }: CompositionEnvironment,
	sdkVersion: string,
): Composition | Promise<Composition> {
	const cachebust = 1 + Math.floor(random() * 100_000_000);
	const context: ExpansionContext = { hit, now, cachebust, sdkVersion };
	const { definition, evaluateBody } = postback;
	const encoding = definition.dialect === 'mobile' ? 'percent' : 'none';
	const url = expandTemplate(postback.url, context, encoding, MAX_URL_BYTES);
	if (url === undefined) return { error: urlTooLong() };
	const error = errorOfUrl(url, definition.type === 'pii', postback.literalHost);
	if (error !== undefined) return { error };
	if (evaluateBody !== undefined) {
		return composeExpression(postback, url, evaluateBody(hit.source, { now, random }));
	}
	if (postback.body === undefined) return withoutBody(postback, url);
	const body = expandTemplate(postback.body, context, postback.bodyEncoding, MAX_BODY_BYTES);
	if (body === undefined) return bodyTooLarge();
	// Signal looks at the body after expansion, 4.x at the template.
	if (body === '' && definition.dialect === 'launch') return withoutBody(postback, url);
	return withBody(postback, url, body, DEFAULT_CONTENT_TYPE);
}

async function composeExpression(
	postback: CompiledPostback,
	url: string,
	evaluation: ReturnType<EvaluateBody>,
): Promise<Composition> {
	try {
		const { body, json } = await evaluation;
		if (body === '') return withoutBody(postback, url);
		return withBody(postback, url, body, json ? 'application/json' : DEFAULT_CONTENT_TYPE);
	} catch (error) {
		if (!(error instanceof ExpressionError)) throw error;
		return { error: { code: error.code, message: error.message } };
	}
}

function withoutBody({ timeoutMs }: CompiledPostback, url: string): Composition {
	return { request: { method: 'GET', url, headers: {}, timeoutMs } };
}

function withBody(
	{ definition, timeoutMs }: CompiledPostback,
	url: string,
	body: string,
	defaultType: string,
): Composition {
	// Three bytes for each character at most, so that most bodies need no counting.
	if (body.length * 3 > MAX_BODY_BYTES && Buffer.byteLength(body) > MAX_BODY_BYTES) {
		return bodyTooLarge();
	}
	const headers = { 'Content-Type': definition.contentType || defaultType };
	return { request: { method: 'POST', url, headers, body, timeoutMs } };
}

function bodyTooLarge(): Composition {
	return {
		error: {
			code: 'body_too_large',
			message: `The expanded body is larger than ${MAX_BODY_BYTES} bytes: name fewer or shorter values in it`,
		},
	};
}
