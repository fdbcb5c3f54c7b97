import { randomBytes } from 'node:crypto';
import {
	startReceiver,
	type Answer,
	type Received,
	type TestServer,
} from '../lib/transport/support/servers';

/**
 * A stand-in for Adobe's Reactor API, callbacks and audit events, after the documentation of its endpoints
 * and its OpenAPI document. It shares nothing with this package's own service of callbacks, and refuses
 * what the documentation does not allow.
 */

type Json = Record<string, unknown>;

export interface DoubleCallback {
	id: string;
	property: string;
	url: string;
	subscriptions: string[];
	createdAt: string;
	updatedAt: string;
}

export interface ReactorDoubleOptions {
	/** Access tokens that are good now. */
	tokens?: string[];
	apiKey?: string;
	organizationId?: string;
	/** A service without Adobe's headers, such as another n8n. */
	bearerOnly?: boolean;
	/** It signs: it gives a callback the secret that is asked for, and another when that is asked for. */
	signs?: boolean;
	/** Answers in place of the double; undefined leaves it to the double. */
	instead?: (request: Received, nth: number) => Answer | undefined;
}

export interface ReactorDouble {
	server: TestServer;
	origin: string;
	callbacks: Map<string, DoubleCallback>;
	/** Audit events as documents of single look-ups. */
	events: Map<string, Json>;
	properties: Map<string, string>;
	/** Of the API, without those for tokens. */
	requests(): Received[];
	/** `GET /callbacks/CB…`, in turn. */
	lines(): string[];
	/** Puts a callback there without a request. */
	put(callback: Partial<DoubleCallback>): DoubleCallback;
	/** Puts an audit event there. */
	event(typeOf: string, more?: { property?: string | null; id?: string; at?: string }): Json;
	/** Which tokens are good from now on. */
	acceptTokens(...tokens: string[]): void;
	/** Answers in place of the double from now on. */
	instead(answer: ReactorDoubleOptions['instead']): void;
	tokensIssued: number;
	/** The signing secret that it gave last. */
	lastSecret?: string;
}

export const PROPERTY = 'PR66a3356c73fc4aabb67ee22caae53d70';
export const OTHER_PROPERTY = 'PR0a8ef3ca31dc456a8566e9288960bd79';
export const COMPANY = 'CO2bf094214ffd4785bb4bcf88c952a7c1';
export const API_KEY = 'api-key-of-the-double';
export const ORGANIZATION = '01C20D883A7D42080A494212@AdobeOrg';
export const ACCESS_TOKEN = 'eyJhbGciOi.reactor-double.token_7f3a9';

const READ_ACCEPT = 'application/vnd.api+json;revision=1';
const newId = (prefix: string) => prefix + randomBytes(16).toString('hex');
const ID = /^[A-Z]{2}[0-9a-f]{32}$/;

class Refusal {
	constructor(
		readonly status: number,
		readonly code: string,
		readonly title: string,
		readonly more: Json = {},
	) {}
}

/** Starts a double on loopback; `closeServers` ends it. */
export async function startReactorDouble(
	options: ReactorDoubleOptions = {},
): Promise<ReactorDouble> {
	let { instead } = options;
	let tokens = options.tokens ?? [ACCESS_TOKEN];
	const callbacks: ReactorDouble['callbacks'] = new Map();
	const events: ReactorDouble['events'] = new Map();
	const properties = new Map([
		[PROPERTY, 'Shop'],
		[OTHER_PROPERTY, 'Blog'],
	]);
	let asked = 0;

	const server = await startReceiver((request, response, message) => {
		if (request.target === '/ims/token/v3') return token(request, response, message);
		const other = instead?.(request, ++asked);
		if (other) return other(request, response, message);
		const { status, body } = answerTo(request);
		response
			.writeHead(status, body ? { 'content-type': 'application/vnd.api+json' } : {})
			.end(body ? JSON.stringify(body) : undefined);
	});
	const { origin } = server;

	const double: ReactorDouble = {
		server,
		origin,
		callbacks,
		events,
		properties,
		tokensIssued: 0,
		requests: () => server.received.filter(({ target }) => !target.startsWith('/ims/')),
		lines: () => double.requests().map(({ method, target }) => `${method} ${target}`),
		put(given) {
			const at = new Date().toISOString();
			const callback = {
				id: newId('CB'),
				property: PROPERTY,
				url: 'https://www.example.com',
				subscriptions: ['rule.created'],
				createdAt: at,
				updatedAt: at,
				...given,
			};
			callbacks.set(callback.id, callback);
			return callback;
		},
		event(typeOf, { property = PROPERTY, id = newId('AE'), at = new Date().toISOString() } = {}) {
			const self = `${origin}/audit_events/${id}`;
			const entity = { data: { id: newId('RL'), type: 'rules', attributes: { name: 'R' } } };
			const document = {
				data: {
					id,
					type: 'audit_events',
					attributes: {
						attributed_to_display_name: 'John Smith',
						attributed_to_email: 'jsmith@example.com',
						created_at: at,
						display_name: 'R',
						type_of: typeOf,
						updated_at: at,
						entity: JSON.stringify(entity),
					},
					relationships: {
						property: {
							links: { related: property && `${self}/property` },
							data: property && { id: property, type: 'properties' },
						},
						entity: {
							links: { related: null },
							data: { id: entity.data.id, type: 'rules' },
						},
					},
					links: { entity: null, property: property && `${origin}/properties/${property}`, self },
					meta: { property_name: property ? (properties.get(property) ?? null) : null },
				},
			};
			events.set(id, document);
			return document;
		},
		acceptTokens: (...accepted) => (tokens = accepted),
		instead: (answer) => (instead = answer),
	};

	function token(...[{ body }, response]: Parameters<Answer>): void {
		const form = new URLSearchParams(body.toString());
		const good =
			form.get('grant_type') === 'client_credentials' && form.get('client_id') === API_KEY;
		double.tokensIssued += good ? 1 : 0;
		const answer = good
			? { access_token: tokens[0], token_type: 'bearer', expires_in: 86_399 }
			: { error: 'invalid_client' };
		response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' });
		response.end(JSON.stringify(answer));
	}

	function answerTo(request: Received): { status: number; body?: unknown } {
		try {
			checkHeaders(request, tokens, options);
			return route(request);
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			const { status, code, title, more } = error;
			const meta = { request_id: randomBytes(16).toString('hex') };
			const one = { id: newId('ER'), status: String(status), code, title, meta, ...more };
			return { status, body: { errors: [one] } };
		}
	}

	function route(request: Received): { status: number; body?: unknown } {
		const url = new URL(request.target, origin);
		const [first, id = '', under] = url.pathname.slice(1).split('/');
		const key = `${request.method} ${first}${id ? '/:id' : ''}${under ? `/${under}` : ''}`;
		switch (key) {
			case 'GET properties/:id/callbacks': {
				const own = [...callbacks.values()].filter(({ property }) => property === known(id));
				return { status: 200, body: list(own.map(callbackResource), url) };
			}
			case 'POST properties/:id/callbacks': {
				const { url: target, subscriptions } = attributesOf(request);
				if (typeof target !== 'string' || !Array.isArray(subscriptions)) throw incomplete();
				const made = double.put({ property: known(id), url: target, subscriptions });
				return { status: 201, body: { data: callbackResource(made), ...secretFor(request) } };
			}
			case 'GET callbacks/:id':
				return { status: 200, body: { data: callbackResource(callback(id)) } };
			case 'PUT callbacks/:id':
			case 'PATCH callbacks/:id': {
				const { url: target, subscriptions } = attributesOf(request, id);
				const found = callback(id);
				if (typeof target === 'string') found.url = target;
				if (Array.isArray(subscriptions)) found.subscriptions = subscriptions as string[];
				found.updatedAt = new Date().toISOString();
				return { status: 200, body: { data: callbackResource(found), ...secretFor(request) } };
			}
			case 'DELETE callbacks/:id':
				callbacks.delete(callback(id).id);
				return { status: 204 };
			case 'GET properties/:id':
				return { status: 200, body: { data: propertyResource(known(id)) } };
			case 'GET companies':
				return { status: 200, body: list([{ id: COMPANY, type: 'companies' }], url) };
			case 'GET companies/:id/properties':
				return { status: 200, body: list([...properties.keys()].map(propertyResource), url) };
			case 'GET audit_events':
				return {
					status: 200,
					body: list(
						[...events.values()].map((e) => e.data as Json),
						url,
					),
				};
			case 'GET audit_events/:id': {
				const event = events.get(id);
				if (!event) throw notFound();
				return { status: 200, body: event };
			}
			default:
				throw notFound();
		}
	}

	function secretFor({ body }: Received): Json {
		const { meta } = (JSON.parse(body.toString()) as { data: { meta?: Json } }).data;
		if (!options.signs || !(meta?.secret || meta?.rotate_secret)) return {};
		double.lastSecret = `whsec_${randomBytes(24).toString('base64')}`;
		return { meta: { secret: double.lastSecret } };
	}

	function known(property: string): string {
		if (!properties.has(property)) throw notFound();
		return property;
	}

	function callback(id: string): DoubleCallback {
		const found = ID.test(id) ? callbacks.get(id) : undefined;
		if (!found) throw notFound();
		return found;
	}

	const propertyResource = (id: string) => ({
		id,
		type: 'properties',
		attributes: { name: properties.get(id), platform: 'web', enabled: true },
	});

	function callbackResource(one: DoubleCallback): Json {
		return {
			id: one.id,
			type: 'callbacks',
			attributes: {
				created_at: one.createdAt,
				subscriptions: one.subscriptions,
				updated_at: one.updatedAt,
				url: one.url,
			},
			relationships: {
				property: {
					links: { related: `${origin}/callbacks/${one.id}/property` },
					data: { id: one.property, type: 'properties' },
				},
			},
			links: {
				property: `${origin}/properties/${one.property}`,
				self: `${origin}/callbacks/${one.id}`,
			},
		};
	}

	return double;
}

function checkHeaders(
	{ headers, method, body }: Received,
	tokens: string[],
	{ bearerOnly, apiKey = API_KEY, organizationId = ORGANIZATION }: ReactorDoubleOptions,
): void {
	if (!tokens.some((token) => headers.authorization === `Bearer ${token}`)) {
		throw new Refusal(401, 'authentication-failure', 'Authentication Failure');
	}
	if (!bearerOnly) {
		if (headers['x-api-key'] !== apiKey || headers['x-gw-ims-org-id'] !== organizationId) {
			throw new Refusal(403, 'not-authorized', 'Not Authorized');
		}
	}
	if (method === 'GET' && headers.accept !== READ_ACCEPT) {
		throw new Refusal(406, 'invalid-accept', 'Not Acceptable', { detail: 'revision is missing' });
	}
	if (method !== 'GET' && method !== 'DELETE') {
		const wanted = method === 'PATCH' ? ['application/vnd.api+json'] : CONTENT_TYPES;
		if (!wanted.includes(headers['content-type'] ?? '')) {
			throw new Refusal(415, 'unsupported-media-type', 'Unsupported Media Type');
		}
	} else if (body.length > 0) {
		throw new Refusal(400, 'unexpected-body', 'Unexpected Body');
	}
}

const CONTENT_TYPES = ['application/json', 'application/vnd.api+json'];

function attributesOf({ body }: Received, id?: string): Json {
	let data: Json | undefined;
	try {
		data = (JSON.parse(body.toString()) as { data?: Json }).data;
	} catch {
		throw new Refusal(400, 'invalid-settings-syntax', 'Invalid JSON');
	}
	const { attributes, type, id: named } = data ?? {};
	if (typeof attributes !== 'object' || attributes === null) throw incomplete();
	if (id !== undefined && (type !== 'callbacks' || named !== id)) {
		throw new Refusal(409, 'conflict', 'Conflict', { source: { pointer: '/data/id' } });
	}
	const { url } = attributes as Json;
	if (typeof url === 'string' && !/^https?:\/\//.test(url)) {
		throw new Refusal(422, 'invalid-url', 'Invalid URL', {
			detail: 'url has to be https',
			source: { pointer: '/data/attributes/url' },
		});
	}
	return attributes as Json;
}

/** Filters as the guide describes them: EQ, GT, LT and CONTAINS are what tests use. */
function list(resources: readonly Json[], url: URL): Json {
	const wanted = resources.filter((resource) => passes(resource, url.searchParams));
	const size = Math.min(100, Number(url.searchParams.get('page[size]') ?? 25));
	const page = Number(url.searchParams.get('page[number]') ?? 1);
	const pages = Math.max(1, Math.ceil(wanted.length / size));
	return {
		data: wanted.slice((page - 1) * size, page * size),
		meta: {
			pagination: {
				current_page: page,
				next_page: page < pages ? page + 1 : null,
				prev_page: page > 1 ? page - 1 : null,
				total_pages: pages,
				total_count: wanted.length,
			},
		},
	};
}

function passes(resource: Json, parameters: URLSearchParams): boolean {
	const attributes = (resource.attributes ?? {}) as Json;
	return [...parameters].every(([name, text]) => {
		const attribute = /^filter\[(.+)\]$/.exec(name)?.[1];
		const [, operator, value = ''] = /^([A-Z]+) (.*)$/.exec(text) ?? [];
		if (attribute === undefined || operator === undefined) return true;
		const own = String(attributes[attribute] ?? '');
		if (operator === 'EQ') return value.split(',').includes(own);
		if (operator === 'GT') return own > value;
		if (operator === 'LT') return own < value;
		return operator !== 'CONTAINS' || own.toLowerCase().includes(value.toLowerCase());
	});
}

const notFound = () =>
	new Refusal(404, 'not-found', 'Record Not Found', { source: { pointer: '/data' } });

const incomplete = () =>
	new Refusal(422, 'invalid-data', 'Attribute missing', {
		source: { pointer: '/data/attributes' },
	});
