import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import { parse } from 'yaml';
import { conformanceFiles } from '../postbacks/conformanceFiles';

type Json = Record<string, unknown>;

const [openApi] = conformanceFiles('reactor', /^openapi-.*\.yaml$/);
const [jsonApi] = conformanceFiles('.', /^jsonapi-1\.0-schemas\.json$/);

function validators(): Map<string, ValidateFunction> {
	const known = new Map<string, ValidateFunction>();
	// Formats are not checked: links of a test are what they are.
	const ajv = new Ajv2020({ strict: false, validateFormats: false });
	if (openApi) {
		const { components } = parse(openApi[1]) as { components: { schemas: Json } };
		ajv.addSchema({ $id: 'reactor', components });
		for (const name of Object.keys(components.schemas)) {
			known.set(name, ajv.compile({ $ref: `reactor#/components/schemas/${name}` }));
		}
	}
	if (jsonApi) {
		const { schemas } = JSON.parse(jsonApi[1]) as { schemas: Record<string, Json> };
		known.set('JSON:API', ajv.compile(schemas['schema.json']));
	}
	return known;
}

const known = validators();

/** What a schema objects to in a document; empty where the schema is not there. */
export function objections(schema: string, document: unknown): string[] {
	const validate = known.get(schema);
	if (!validate || validate(document)) return [];
	return (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
}

/**
 * A document without what Adobe's own samples have beyond JSON:API 1.0 or their OpenAPI description: links
 * of a resource other than self, and null where there is nothing.
 */
export function withoutDepartures(document: unknown): unknown {
	return JSON.parse(JSON.stringify(document), function (this: unknown, key, value: unknown) {
		if (value === null && NULLABLE.has(key)) return undefined;
		const inLinks = isResourceLinks(value);
		return key === 'links' && inLinks ? { self: value.self } : value;
	}) as unknown;
}

const NULLABLE = new Set([
	'next_page',
	'prev_page',
	'related',
	'data',
	'attributed_to_display_name',
	'attributed_to_email',
	'display_name',
]);

const isResourceLinks = (value: unknown): value is { self: string } =>
	typeof value === 'object' &&
	value !== null &&
	'self' in value &&
	('property' in value || 'entity' in value);
