import {
	AuthenticationError,
	bearerAuthentication,
	createScopeCheck,
	headerAuthentication,
	noAuthentication,
	type CredentialScope,
} from '../../../lib/transport/authentication';
import { HostPatternError } from '../../../lib/transport/hostPatterns';

const everywhere: CredentialScope = { allowedDomains: ['api.example', '10.0.0.0/8'] };

test('none adds nothing, wherever it goes', () => {
	expect(noAuthentication.apply(new URL('https://any.example/'))).toEqual({});
	expect(noAuthentication.secrets).toEqual([]);
});

test('a bearer token stands in Authorization', () => {
	const bearer = bearerAuthentication('abc', everywhere);
	expect(bearer.apply(new URL('https://api.example/x'))).toEqual({ authorization: 'Bearer abc' });
	expect(bearer.secrets).toEqual(['abc']);
});

test('a header stands under its name in lower case', () => {
	const header = headerAuthentication('X-Api-Key', 'abc', everywhere);
	expect(header.apply(new URL('http://10.1.2.3/'))).toEqual({ 'x-api-key': 'abc' });
	expect(header.secrets).toEqual(['abc']);
});

test.each<[CredentialScope, string, boolean]>([
	[{ literalOrigins: ['https://api.example'] }, 'https://api.example/x', true],
	[{ literalOrigins: ['https://api.example/path?x'] }, 'https://api.example/', true],
	[{ literalOrigins: ['https://api.example'] }, 'https://API.example:443/', true],
	[{ literalOrigins: ['https://api.example'] }, 'http://api.example/', false],
	[{ literalOrigins: ['https://api.example'] }, 'https://api.example:8443/', false],
	[{ literalOrigins: ['https://api.example'] }, 'https://api.example.evil.example/', false],
	[{ literalOrigins: ['https://api.example'] }, 'https://sub.api.example/', false],
	[{ allowedDomains: ['api.example'] }, 'https://api.example/', true],
	[{ allowedDomains: ['api.example'] }, 'https://api.example:8443/', true],
	[{ allowedDomains: ['api.example'] }, 'https://evilapi.example/', false],
	[{ allowedDomains: ['*.example'] }, 'https://a.b.example/', true],
	[{ allowedDomains: ['*.example'] }, 'https://example/', false],
	[{ allowedDomains: ['api.example:8443'] }, 'https://api.example/', false],
	[{ allowedDomains: ['10.0.0.0/8'] }, 'http://10.1.2.3/', true],
	[{ allowedDomains: ['[::1]'] }, 'http://[::1]:8080/', true],
	[{}, 'https://api.example/', false],
])('%j lets a credential go to %s: %s', (scope, url, allowed) => {
	const check = () => createScopeCheck(scope)(new URL(url));
	if (allowed) expect(check).not.toThrow();
	else expect(check).toThrow(expect.objectContaining({ code: 'CREDENTIAL_NOT_ALLOWED' }));
});

test('a refusal ends the delivery and names host and field, not the secret or the path', () => {
	const bearer = bearerAuthentication('hush', { allowedDomains: ['api.example'] });
	expect(() => bearer.apply(new URL('https://evil.example/path?x=1'))).toThrow(
		new AuthenticationError(
			"evil.example may not be given this credential: write the URL's host into the node itself, " +
				'or add it to the credential\'s field "Allowed Domains"',
			'dead',
		),
	);
	expect(() => bearer.apply(new URL('https://evil.example/'))).toThrow(
		expect.objectContaining({ verdict: 'dead', code: 'CREDENTIAL_NOT_ALLOWED' }),
	);
});

test('what was once permitted does not open anything else', () => {
	const permit = createScopeCheck({ allowedDomains: ['*.example'] });
	for (let at = 0; at < 3_000; at++) permit(new URL(`https://h${at}.example/`));
	expect(() => permit(new URL('https://h1.example.com/'))).toThrow(AuthenticationError);
	expect(() => permit(new URL('https://h2999.example/'))).not.toThrow();
});

test.each([
	['a line break in the value', 'x-a', 'a\r\nb: c'],
	['an empty value', 'x-a', ''],
	['a value beyond Latin-1', 'x-a', '€'],
	['a name with a space', 'x a', 'b'],
	['an empty name', '', 'b'],
])('refuses %s, without showing it', (_, name, value) => {
	expect(() => headerAuthentication(name, value, everywhere)).toThrow(AuthenticationError);
	expect(() => headerAuthentication(name, value, everywhere)).not.toThrow(/b: c|€/);
});

test('refuses a token with a line break', () => {
	expect(() => bearerAuthentication('a\nb', everywhere)).toThrow(AuthenticationError);
});

test.each(['*', 'https://api.example'])('refuses the allowed domain %s', (domain) => {
	expect(() => bearerAuthentication('a', { allowedDomains: [domain] })).toThrow(HostPatternError);
});
