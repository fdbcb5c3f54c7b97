import { HostPatternError, parseHostPatterns } from '../../../lib/transport/hostPatterns';

test.each([
	'*',
	'http://a.example',
	'https://10.0.0.1:8080/',
	'a b',
	'a.example/path',
	'10.0.0.0/33',
	'fd00::/129',
	'10.0.0.0/',
	'*.',
	'*a.example',
	'a.*.example',
	'a..example',
	'-a.example',
	'a.example:0',
	'a.example:65536',
	'a.example:port',
	'[a.example]',
	'user@a.example',
	'a'.repeat(254),
])('refuses the entry "%s" and names it', (entry) => {
	expect(() => parseHostPatterns(['fine.example', entry])).toThrow(HostPatternError);
	expect(() => parseHostPatterns(['fine.example', entry])).toThrow(
		expect.objectContaining({ entry, message: expect.stringContaining('write host.example') }),
	);
});

test('takes names with hyphens, digits, underscores and of one label', () => {
	const patterns = parseHostPatterns(['a-1.example', 'my_service', 'receiver', '1a.example']);
	for (const host of ['a-1.example', 'my_service', 'receiver', '1a.example']) {
		expect(patterns.matchesHost(host, 80)).toBe(true);
	}
});

test('does not take an address for a name or a name for an address', () => {
	const patterns = parseHostPatterns(['10.0.0.0/8', 'a.example']);
	expect(patterns.matchesHost('10.0.0.1', 80)).toBe(false);
	expect(patterns.matchesAddress('a.example', 80)).toBe(false);
	expect(patterns.matchesAddress('10.0.0.1', 80)).toBe(true);
});

test('an empty list matches nothing', () => {
	const patterns = parseHostPatterns(['', ' ']);
	expect(patterns.matchesHost('', 80)).toBe(false);
	expect(patterns.matchesAddress('127.0.0.1', 80)).toBe(false);
	expect(patterns.key).toBe('');
});

test('tells which ports its entries are bound to', () => {
	const list = ['a.example:1', '10.0.0.1:65535', 'b.example'];
	expect([...parseHostPatterns(list).ports]).toEqual([1, 65_535]);
});
