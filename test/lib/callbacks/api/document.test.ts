import { readCreateDocument, readUpdateDocument } from '../../../../lib/callbacks/api/document';

const PROPERTY = `PR${'a'.repeat(32)}`;
const CALLBACK = `CB${'1'.repeat(32)}`;
const attributes = { url: 'https://a.example/hook', subscriptions: ['rule.created'] };
const path = { id: CALLBACK, propertyId: PROPERTY };

const create = (body: Buffer | string) => readCreateDocument(body, PROPERTY);
const update = (data: object) => readUpdateDocument(JSON.stringify({ data }), path);

describe('a document', () => {
	const text = JSON.stringify({ data: { attributes } });

	it.each([
		['text', text],
		['bytes in UTF-8', Buffer.from(text)],
		['text with a byte order mark', `\uFEFF${text}`],
		['bytes with a byte order mark', Buffer.from(`\uFEFF${text}`)],
	])('is read from %s', (_, body) => {
		expect(create(body)).toEqual({ attributes, wantsSecret: false });
	});

	it.each([
		['', '', 'The body is empty: send { "data": { … } }'],
		[' \n', '', 'The body is empty: send { "data": { … } }'],
		['{"data":', '', 'The body is no JSON'],
		['[]', '', 'The body has to be a JSON object'],
		['"data"', '', 'The body has to be a JSON object'],
		['{"data":[]}', '/data', 'data has to be one callback, not a list'],
		['{}', '/data', 'data is missing: send { "data": { … } }'],
		[
			'{"data":{}}',
			'/data/attributes',
			'attributes is missing: { "url": …, "subscriptions": […] }',
		],
		[
			'{"data":{"attributes":[]}}',
			'/data/attributes',
			'attributes has to be an object: { "url": …, "subscriptions": […] }',
		],
	])('%j is refused at %j', (body, pointer, detail) => {
		expect(() => create(body)).toThrow(
			expect.objectContaining({ status: 400, detail, source: { pointer } }),
		);
	});

	it('of an update changes what it names, and nothing has to be named', () => {
		expect(update({})).toEqual({ attributes: {}, wantsSecret: false });
		expect(update({ id: CALLBACK, type: 'callbacks', attributes })).toEqual({
			attributes,
			wantsSecret: false,
		});
	});

	it('of an update with the id of another callback is refused', () => {
		expect(() => update({ id: `CB${'2'.repeat(32)}` })).toThrow(
			expect.objectContaining({
				status: 409,
				detail: 'The id has to be that of the path',
				source: { pointer: '/data/id' },
			}),
		);
	});

	it('of another type is refused', () => {
		expect(() => update({ type: 'rules' })).toThrow(
			expect.objectContaining({
				status: 409,
				detail: 'The type has to be "callbacks"',
				source: { pointer: '/data/type' },
			}),
		);
	});

	it('that moves a callback to another property is refused', () => {
		const to = (id: string) => ({ relationships: { property: { data: { id } } } });
		expect(() => update(to(`PR${'b'.repeat(32)}`))).toThrow(
			expect.objectContaining({
				status: 409,
				source: { pointer: '/data/relationships/property/data/id' },
			}),
		);
		expect(update(to(PROPERTY)).attributes).toEqual({});
	});

	it('asks for a secret by one word when it is new, by another when it is changed', () => {
		const asking = (meta: object) => JSON.stringify({ data: { attributes, meta } });
		expect(create(asking({ secret: true })).wantsSecret).toBe(true);
		expect(create(asking({ rotate_secret: true })).wantsSecret).toBe(false);
		expect(update({ meta: { rotate_secret: true } }).wantsSecret).toBe(true);
		expect(update({ meta: { secret: true } }).wantsSecret).toBe(false);
		expect(update({ meta: { rotate_secret: 'yes' } }).wantsSecret).toBe(false);
	});
});
