import fc from 'fast-check';
import { DestinationError } from '../../../lib/profiles/errors';
import { readEndpoint, readHeaders, readQuery } from '../../../lib/profiles/headersAndQuery';

const problemOf = (read: () => unknown): string => {
	try {
		read();
	} catch (error) {
		if (error instanceof DestinationError) return error.message;
		throw error;
	}
	return '';
};

describe('headers', () => {
	test.each<[string, Record<string, string>]>([
		['', {}],
		['header1:value1,header2:value2', { header1: 'value1', header2: 'value2' }],
		[' X-A : a b , X-B:\tc ', { 'X-A': 'a b', 'X-B': 'c' }],
		['X-List:a\\,b\\,c,X-B:d', { 'X-List': 'a,b,c', 'X-B': 'd' }],
		['Referer:https://a.example:8443/x', { Referer: 'https://a.example:8443/x' }],
		['X-A:\\:b\\\\', { 'X-A': ':b\\' }],
		['X-Empty:', { 'X-Empty': '' }],
	])('%j', (text, headers) => {
		expect(readHeaders(text, undefined)).toEqual(headers);
	});

	it('as a list stand as they are', () => {
		const list = [{ name: 'X-A', value: 'a,b:c\\' }, { name: ' X-B ', value: 7 }, { name: 'X-C' }];
		expect(readHeaders('X-D:d', list)).toEqual({
			'X-A': 'a,b:c\\',
			'X-B': '7',
			'X-C': '',
			'X-D': 'd',
		});
	});

	it('whatever a value holds, it can be escaped', () => {
		const value = fc.string().filter((text) => /^[\x21-\x7e]*$/.test(text));
		fc.assert(
			fc.property(fc.array(value), (values) => {
				const text = values.map((one, i) => `h${i}:${one.replace(/[\\,:]/g, '\\$&')}`).join(',');
				expect(Object.values(readHeaders(text, undefined))).toEqual(values);
			}),
		);
	});

	test.each<[string, string, unknown, string]>([
		['without a colon', 'Accept:a,b', undefined, 'has no colon: write name:value'],
		['between two commas that is none', 'a:b,,c:d', undefined, 'nothing between two commas'],
		['host', 'Host:a', undefined, 'Headers › Host: is set by the sender itself'],
		['content-length', 'content-length:1', undefined, 'is set by the sender itself'],
		['webhook-id', 'Webhook-Id:1', undefined, 'is set by the sender itself'],
		['webhook-anything', 'webhook-foo:1', undefined, 'is set by the sender itself'],
		[
			'transfer-encoding',
			'',
			[{ name: 'Transfer-Encoding', value: 'x' }],
			'is set by the sender itself',
		],
		['authorization beside a credential', 'Authorization:x', undefined, 'is set by the credential'],
		['a name that is none', 'X A:1', undefined, 'Headers › X A: is no name of a header'],
		[
			'a line break',
			'',
			[{ name: 'X-A', value: 'a\r\nX-B: c' }],
			'Headers › X-A: has a line break',
		],
		['a line break in the text', 'X-A:a\nX-B', undefined, 'Headers › X-A: has a line break'],
		[
			'characters beyond Latin-1',
			'X-A:名',
			undefined,
			'has characters in its value that no header can have',
		],
		['the same name twice', 'X-A:1,x-a:2', undefined, 'Headers › x-a: is there twice'],
		['a list that is none', '', {}, 'Headers: must be a list'],
		['an entry without a name', '', [{ value: 'x' }], 'Headers › 1: must have a name'],
		[
			'a value that is an object',
			'',
			[{ name: 'a', value: {} }],
			'Headers › 1: must have a name and a text',
		],
	])('refuse %s', (_, text, list, problem) => {
		expect(problemOf(() => readHeaders(text, list, ['authorization']))).toContain(problem);
	});

	it('do not repeat values, which may be secrets', () => {
		expect(problemOf(() => readHeaders('X-Key:s3cr,3t', undefined))).not.toContain('3t');
	});

	it('take an authorization where no credential is chosen', () => {
		expect(readHeaders('Authorization:Basic x', undefined)).toEqual({ Authorization: 'Basic x' });
	});
});

describe('query parameters', () => {
	test.each<[unknown, unknown, string]>([
		['', undefined, ''],
		['parameter1=value&parameter2=value', undefined, 'parameter1=value&parameter2=value'],
		['?a=1', undefined, 'a=1'],
		['a=b,c:d', undefined, 'a=b,c:d'],
		['a=x y&b=ü', undefined, 'a=x%20y&b=%C3%BC'],
		['a=x%20y&b=100%', undefined, 'a=x%20y&b=100%25'],
		['a=1\\&2&b\\=c=d\\\\', undefined, 'a=1%262&b%3Dc=d%5C'],
		['a=b=c', undefined, 'a=b=c'],
		['a=', undefined, 'a='],
		['a=#1', undefined, 'a=%231'],
		['a=1', [{ name: 'b c', value: '&=%20' }], 'a=1&b%20c=%26%3D%2520'],
		[undefined, [{ name: 'n', value: 5 }], 'n=5'],
	])('%j and %j', (text, list, query) => {
		expect(readQuery(text, list)).toBe(query);
	});

	it('never break out of the query', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, value) => {
				fc.pre(name.trim() !== '');
				const url = new URL(readEndpoint('https://a.example/p', readQuery('', [{ name, value }])));
				expect([...url.searchParams]).toEqual([
					[name.trim(), value].map((text) => Buffer.from(text).toString()),
				]);
				expect(url.pathname).toBe('/p');
			}),
		);
	});

	test.each<[string, unknown, unknown, string]>([
		['without a value', 'a', undefined, '"a" is no parameter: write name=value'],
		['without a name', '=a', undefined, 'is no parameter'],
		['that are empty', 'a=1&&b=2', undefined, 'is no parameter'],
		['that are no text', 7, undefined, 'must be a text'],
		['in a list without names', '', [{}], 'Query Parameters › 1: must have a name'],
	])('are refused %s', (_, text, list, problem) => {
		expect(problemOf(() => readQuery(text, list))).toContain(problem);
	});
});

describe('the endpoint', () => {
	test.each([
		['https://a.example', '', 'https://a.example'],
		[' http://a.example/x ', '', 'http://a.example/x'],
		['https://a.example/x', 'b=1', 'https://a.example/x?b=1'],
		['https://a.example/x?a=1', 'b=1', 'https://a.example/x?a=1&b=1'],
		['https://a.example/x?', 'b=1', 'https://a.example/x?b=1'],
		['https://a.example/x?a=1&', 'b=1', 'https://a.example/x?a=1&b=1'],
		['https://a.example/x#part', 'b=1', 'https://a.example/x?b=1'],
		['https://[::1]:8443/', '', 'https://[::1]:8443/'],
		['HTTPS://a.example/a@b', '', 'HTTPS://a.example/a@b'],
	])('%j with %j', (endpoint, query, expected) => {
		expect(readEndpoint(endpoint, query)).toBe(expected);
	});

	test.each<[string, unknown, string]>([
		['nothing', undefined, 'HTTP Endpoint: missing'],
		['white space', 'https://a.example/a b', 'white space or a line break'],
		['a line break', 'https://a.example/a\nb', 'white space or a line break'],
		['file:', 'file:///etc/passwd', 'begins with file: – only https://'],
		['ftp:', 'ftp://a.example', 'begins with ftp:'],
		['javascript:', 'javascript:alert(1)', 'begins with javascript:'],
		['data:', 'data:text/plain,x', 'begins with data:'],
		['no scheme', 'a.example/x', 'begins with no scheme'],
		['a relative URL', '/x', 'begins with no scheme'],
		['no host', 'https:///x', 'is no complete URL'],
		['a port that is none', 'https://a.example:99999/', 'is no complete URL'],
		['user and password', 'https://me:s3cret@a.example/', 'holds a user or a password'],
		['an empty user', 'https://@a.example/', 'holds a user or a password'],
	])('is refused with %s', (_, endpoint, problem) => {
		const message = problemOf(() => readEndpoint(endpoint));
		expect(message).toContain(problem);
		expect(message).not.toContain('s3cret');
	});
});
