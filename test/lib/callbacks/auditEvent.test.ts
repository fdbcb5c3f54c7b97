import {
	isAuditEventDocument,
	makeAuditEvent,
	parseEntity,
	readAuditEvent,
	type BareAuditEvent,
} from '../../../lib/callbacks/auditEvent';
import {
	entityTypeOf,
	EVENT_TYPES,
	isKnownEventType,
	isKnownResource,
} from '../../../lib/callbacks/eventTypes';
import { conformanceFiles } from '../postbacks/conformanceFiles';
import { PROPERTY } from './support';

const ID = `AE${'1'.repeat(32)}`;
const make = (bare: Partial<BareAuditEvent>) =>
	makeAuditEvent(
		{ type_of: 'rule.created', entity: {}, ...bare },
		{ baseUrl: 'https://n8n.example/api', id: ID, now: Date.parse('2026-01-02T03:04:05.006Z') },
	);

describe('the catalog of event types', () => {
	it('has the documented 27, and those of app configurations', () => {
		expect(EVENT_TYPES).toHaveLength(29);
		expect(EVENT_TYPES.map(({ value }) => value)).toEqual(
			expect.arrayContaining(['property.deleted', 'host.updated', 'app_configuration.created']),
		);
		expect(EVENT_TYPES.every(({ value }) => isKnownEventType(value))).toBe(true);
	});

	it('knows what an event is about', () => {
		expect(entityTypeOf('library.created')).toBe('libraries');
		expect(entityTypeOf('data_element.updated')).toBe('data_elements');
		expect(entityTypeOf('order.paid')).toBe('orders');
		expect([isKnownResource('rule'), isKnownResource('order')]).toEqual([true, false]);
	});
});

describe('a bare event', () => {
	it('is wrapped into the documented shape', () => {
		const entity = { id: 'RL1', name: 'My Rule', enabled: true };
		const bare = {
			entity,
			property: PROPERTY,
			property_name: 'Shop',
			attributed_to_display_name: 'Jo',
			attributed_to_email: 'jo@example.com',
		};
		expect(make(bare)).toEqual({
			data: {
				id: ID,
				type: 'audit_events',
				attributes: {
					attributed_to_display_name: 'Jo',
					attributed_to_email: 'jo@example.com',
					created_at: '2026-01-02T03:04:05.006Z',
					display_name: 'My Rule',
					type_of: 'rule.created',
					updated_at: '2026-01-02T03:04:05.006Z',
					entity: JSON.stringify({
						data: { id: 'RL1', type: 'rules', attributes: { name: 'My Rule', enabled: true } },
					}),
				},
				relationships: {
					property: {
						links: { related: `https://n8n.example/api/audit_events/${ID}/property` },
						data: { id: PROPERTY, type: 'properties' },
					},
					entity: { links: { related: null }, data: { type: 'rules', id: 'RL1' } },
				},
				links: {
					entity: null,
					property: `https://n8n.example/api/properties/${PROPERTY}`,
					self: `https://n8n.example/api/audit_events/${ID}`,
				},
				meta: { property_name: 'Shop' },
			},
		});
	});

	const resource = { id: 'RL1', type: 'rules', attributes: { name: 'X' } };
	it.each<[string, unknown]>([
		['a resource', resource],
		['a document', { data: resource }],
		['a plain object', { id: 'RL1', name: 'X' }],
		['JSON', JSON.stringify({ data: resource })],
	])('takes its entity as %s', (_name, entity) => {
		expect(parseEntity(make({ entity }))).toEqual({ data: resource });
	});

	it('takes its property from its entity when it names none', () => {
		const relationships = { property: { data: { id: PROPERTY, type: 'properties' } } };
		const propertyOf = (bare: Partial<BareAuditEvent>) => readAuditEvent(make(bare)).propertyId;
		expect(propertyOf({ entity: { ...resource, relationships } })).toBe(PROPERTY);
		expect(propertyOf({ entity: { type: 'properties', id: PROPERTY } })).toBe(PROPERTY);
		expect(propertyOf({ entity: resource })).toBeUndefined();
		expect(propertyOf({ entity: { ...resource, relationships }, property: null })).toBeUndefined();
	});

	it('links to what a service of callbacks has, and to nothing else', () => {
		const id = `CB${'2'.repeat(32)}`;
		const ofCallback = make({ type_of: 'callback.created', entity: { id } });
		expect(ofCallback.data.links?.entity).toBe(`https://n8n.example/api/callbacks/${id}`);
		const links = { self: 'https://reactor.adobe.io/rules/RL1' };
		expect(make({ entity: { ...resource, links } }).data.links?.entity).toBe(links.self);
	});

	it.each<[string, Partial<BareAuditEvent>, string]>([
		['without a type', { type_of: undefined }, '/type_of'],
		['of a type that is none', { type_of: 'rule' }, '/type_of'],
		['of a type with a wildcard', { type_of: 'rule.*' }, '/type_of'],
		['without an entity', { entity: undefined }, '/entity'],
		['with an entity that is no JSON', { entity: 'rule 7' }, '/entity'],
		['with a list as entity', { entity: [] }, '/entity'],
		['with a number as entity', { entity: '7' }, '/entity'],
		['of a property that is none', { property: 'shop' }, '/property'],
	])('%s is refused', (_name, bare, pointer) => {
		expect(() => make(bare)).toThrow(expect.objectContaining({ pointer }));
	});
});

describe('a document', () => {
	it("of Adobe's samples is read", () => {
		const samples = conformanceFiles('reactor', /^audit-events-2\.json$/);
		for (const [, text] of samples) {
			const document = JSON.parse(text) as unknown;
			expect(isAuditEventDocument(document)).toBe(true);
			expect(readAuditEvent(document)).toEqual({
				document,
				id: 'AEd6a3b381fb8241818d7520001f8bd459',
				typeOf: 'rule.created',
				propertyId: 'PR03cc61073ef74fd2af21e4cfb6ed97a7',
			});
		}
	});

	const valid = () => make({ property: PROPERTY });
	const broken = (change: (data: Record<string, never> & { attributes: object }) => object) => {
		const { data } = valid();
		return { data: { ...data, ...change(data as never) } };
	};
	it.each<[string, unknown, string]>([
		['is a text', 'x', ''],
		['has no data', {}, '/data'],
		['has a list', { data: [] }, '/data'],
		['is about something else', broken(() => ({ type: 'callbacks' })), '/data/type'],
		['has no id', broken(() => ({ id: undefined })), '/data/id'],
		['has an id of something else', broken(() => ({ id: PROPERTY })), '/data/id'],
		['has no attributes', broken(() => ({ attributes: null })), '/data/attributes'],
		[
			'has no type of event',
			broken(({ attributes }) => ({ attributes: { ...attributes, type_of: 7 } })),
			'/data/attributes/type_of',
		],
		[
			'has an entity that is no JSON',
			broken(({ attributes }) => ({ attributes: { ...attributes, entity: '{' } })),
			'/data/attributes/entity',
		],
		[
			'has an entity that is no text',
			broken(({ attributes }) => ({ attributes: { ...attributes, entity: {} } })),
			'/data/attributes/entity',
		],
	])('is refused that %s', (_name, value, pointer) => {
		expect(() => readAuditEvent(value)).toThrow(expect.objectContaining({ pointer }));
	});

	it('with an entity that is no JSON is let be by who only passes it on', () => {
		const value = broken(({ attributes }) => ({ attributes: { ...attributes, entity: '{' } }));
		const { document } = readAuditEvent(value, { lenientEntity: true });
		expect(parseEntity(document)).toBeUndefined();
	});
});
