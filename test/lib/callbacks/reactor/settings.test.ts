import { adobeHeaders, readBaseUrl } from '../../../../lib/callbacks/reactor/settings';

describe('the headers by which Adobe knows the caller', () => {
	it('are the client and the organization, without the space around them', () => {
		expect(adobeHeaders(' key\n', '\tABC@AdobeOrg ')).toEqual({
			'x-api-key': 'key',
			'x-gw-ims-org-id': 'ABC@AdobeOrg',
		});
	});

	it.each([
		['', 'org', 'Client ID is empty'],
		['key', ' ', 'Organization ID is empty'],
		['a\nb', 'org', 'Client ID holds characters that no header can; copy it again'],
		['key', 'ö\u0100', 'Organization ID holds characters that no header can; copy it again'],
	])('%j and %j are refused, with the field', (key, organization, message) => {
		expect(() => adobeHeaders(key, organization)).toThrow(
			expect.objectContaining({ message, kind: 'invalid' }),
		);
	});
});

describe('the base URL', () => {
	it('loses the slashes at its end', () => {
		expect(readBaseUrl('https://reactor.example//')).toBe('https://reactor.example');
		expect(readBaseUrl('http://a.example/api/')).toBe('http://a.example/api');
	});

	it.each([
		[' ', 'Base URL is empty'],
		['reactor.example', 'Base URL is no absolute https or http URL'],
		['ftp://reactor.example', 'Base URL is no absolute https or http URL'],
		['https://me@reactor.example', 'Base URL holds a user or a password; leave them out'],
		['https://:word@reactor.example', 'Base URL holds a user or a password; leave them out'],
		[
			'https://reactor.example/?a=1',
			'Base URL holds a query or a fragment; leave off what follows the path',
		],
		[
			'https://reactor.example/#a',
			'Base URL holds a query or a fragment; leave off what follows the path',
		],
	])('%j is refused', (text, message) => {
		expect(() => readBaseUrl(text)).toThrow(expect.objectContaining({ message, kind: 'invalid' }));
	});
});
