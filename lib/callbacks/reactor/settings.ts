import type { Authentication } from '../../transport/authentication';
import { ReactorError } from './errors';

/**
 * How changes are sent. `guide`: PUT and `application/json`, as the endpoint guide shows them;
 * `openapi`: PATCH and `application/vnd.api+json`, as the API's OpenAPI document has them.
 */
export type WriteForm = 'guide' | 'openapi';

/** Where the API is and who asks. */
export interface ReactorService {
	/** Without a slash at the end; may have a path, such as that of a webhook. */
	readonly baseUrl: string;
	readonly authentication: Authentication;
	/** Sent with every request beside Authorization: Adobe's API key and organisation. */
	readonly headers: Readonly<Record<string, string>>;
	readonly writeForm: WriteForm;
}

/** A header's value that is meant, RFC 9110 section 5.5; ids and keys are plain ASCII. */
const HEADER_VALUE = /^[\x21-\x7e]+$/;

/**
 * Reads the field "Base URL".
 * @returns it without a slash at the end
 * @throws ReactorError that names the field
 */
export function readBaseUrl(text: string): string {
	const url = URL.parse(text.trim());
	if (text.trim() === '') throw unusable('Base URL is empty');
	if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
		throw unusable('Base URL is no absolute https or http URL');
	}
	if (url.username !== '' || url.password !== '') {
		throw unusable('Base URL holds a user or a password; leave them out');
	}
	if (url.search !== '' || url.hash !== '') {
		throw unusable('Base URL holds a query or a fragment; leave off what follows the path');
	}
	return url.href.replace(/\/+$/, '');
}

/**
 * The headers by which Adobe's API knows the caller (Reactor API, getting started).
 * @throws ReactorError that names the field
 */
export function adobeHeaders(apiKey: string, organizationId: string): Record<string, string> {
	return {
		'x-api-key': headerValue(apiKey, 'Client ID'),
		'x-gw-ims-org-id': headerValue(organizationId, 'Organization ID'),
	};
}

function headerValue(text: string, field: string): string {
	const value = text.trim();
	if (value === '') throw unusable(`${field} is empty`);
	if (!HEADER_VALUE.test(value)) {
		throw unusable(`${field} holds characters that no header can; copy it again`);
	}
	return value;
}

const unusable = (problem: string) => new ReactorError(problem, { kind: 'invalid' });
