import { isObject, pointerTo } from '../jsonApi';
import { ApiError, badDocument, conflict } from './errors';

/** What a document of a callback asks for. */
export interface WrittenDocument {
	attributes: Record<string, unknown>;
	/** The client wants a (new) signing secret. */
	wantsSecret: boolean;
}

/**
 * Reads the document of a new callback. Lenient: the type may be missing (Reactor callbacks, create).
 * @throws ApiError with the pointer of what is wrong
 */
export function readCreateDocument(body: Buffer | string, propertyId: string): WrittenDocument {
	const data = readData(body);
	checkType(data);
	if (data.id !== undefined) {
		throw new ApiError(
			403,
			'client-generated-id',
			'Forbidden',
			'The id of a callback is given by this service: leave it out',
			{ pointer: '/data/id' },
		);
	}
	checkProperty(data, propertyId);
	return { attributes: attributesOf(data), wantsSecret: wantsSecret(data, 'secret') };
}

/**
 * Reads the document of an update. It changes what it names; `id` and `type` may be missing, but not be
 * others than those of the path (Reactor callbacks, update).
 * @throws ApiError with the pointer of what is wrong
 */
export function readUpdateDocument(
	body: Buffer | string,
	{ id, propertyId }: { id: string; propertyId: string },
): WrittenDocument {
	const data = readData(body);
	checkType(data);
	if (data.id !== undefined && data.id !== id) {
		throw conflict('/data/id', 'The id has to be that of the path');
	}
	checkProperty(data, propertyId);
	const attributes = data.attributes === undefined ? {} : attributesOf(data);
	return { attributes, wantsSecret: wantsSecret(data, 'rotate_secret') };
}

function readData(body: Buffer | string): Record<string, unknown> {
	const document = parse(typeof body === 'string' ? body : body.toString('utf8'));
	if (!isObject(document)) throw badDocument('', 'The body has to be a JSON object');
	const { data } = document;
	if (Array.isArray(data)) throw badDocument('/data', 'data has to be one callback, not a list');
	if (!isObject(data)) throw badDocument('/data', 'data is missing: send { "data": { … } }');
	return data;
}

function parse(text: string): unknown {
	if (text.trim() === '') throw badDocument('', 'The body is empty: send { "data": { … } }');
	try {
		// A byte order mark is no part of JSON, yet some clients write one.
		return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
	} catch {
		throw badDocument('', 'The body is no JSON');
	}
}

function checkType(data: Record<string, unknown>): void {
	if (data.type === undefined || data.type === 'callbacks') return;
	throw conflict('/data/type', 'The type has to be "callbacks"');
}

function checkProperty(data: Record<string, unknown>, propertyId: string): void {
	const relationships = isObject(data.relationships) ? data.relationships : {};
	const property = isObject(relationships.property) ? relationships.property.data : undefined;
	if (!isObject(property) || property.id === undefined || property.id === propertyId) return;
	throw conflict(
		pointerTo('data', 'relationships', 'property', 'data', 'id'),
		'A callback belongs to the property of its path and cannot move to another',
	);
}

function attributesOf({ attributes }: Record<string, unknown>): Record<string, unknown> {
	if (isObject(attributes)) return attributes;
	const problem = attributes === undefined ? 'is missing' : 'has to be an object';
	throw badDocument(
		'/data/attributes',
		`attributes ${problem}: { "url": …, "subscriptions": […] }`,
	);
}

function wantsSecret(data: Record<string, unknown>, name: string): boolean {
	return isObject(data.meta) && data.meta[name] === true;
}
