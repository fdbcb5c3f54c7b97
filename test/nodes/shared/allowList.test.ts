import { allowList, assertAllowedAddress } from '../../../nodes/shared/allowList';
import { IntakeError } from '../../../lib/transport/intake';

describe('allowed addresses', () => {
	const isAllowed = (allowed: string, address: string) => {
		try {
			assertAllowedAddress(allowed, address);
			return true;
		} catch (error) {
			expect(error).toBeInstanceOf(IntakeError);
			expect((error as IntakeError).status).toBe(403);
			return false;
		}
	};

	test.each([
		['', '203.0.113.7', true],
		[' , ', '203.0.113.7', true],
		['203.0.113.7', '203.0.113.7', true],
		['203.0.113.7', '203.0.113.8', false],
		['198.51.100.0/24', '198.51.100.255', true],
		['198.51.100.0/24', '198.51.101.0', false],
		['198.51.100.77/24', '198.51.100.1', true],
		['10.0.0.0/8, 203.0.113.7', '203.0.113.7', true],
		['10.0.0.0/8\n203.0.113.7', '203.0.113.7', true],
		['0.0.0.0/0', '8.8.8.8', true],
		['0.0.0.0/0', '2001:db8::1', false],
		['203.0.113.7', '::ffff:203.0.113.7', true],
		['203.0.113.7', '::FFFF:203.0.113.7', true],
		['203.0.113.7', '::ffff:cb00:7107', true],
		['::ffff:203.0.113.7', '203.0.113.7', true],
		['2001:db8::/32', '2001:db8:1::1', true],
		['2001:db8::/32', '2001:db9::1', false],
		['2001:DB8::1', '2001:db8:0:0:0:0:0:1', true],
		['::1', '::1', true],
		['::1', '::2', false],
		['2001:db8::1/128', '2001:db8::2', false],
		['fe80::/10', 'fe80::1%eth0', true],
		['203.0.113.7', '', false],
		['203.0.113.7', 'unknown', false],
	])('"%s" and %s: %s', (allowed, address, expected) => {
		expect(isAllowed(allowed, address)).toBe(expected);
	});

	test('refused: who has no address at all', () => {
		expect(isAllowed('10.0.0.0/8', '')).toBe(false);
	});

	test.each([
		'300.1.2.3',
		'host.example',
		'10.0.0.0/33',
		'10.0.0.0/-1',
		'10.0.0.0/',
		'10.0.0.0/8.5',
		'10.0.0.0/0x8',
		'10.0.0.0/8/8',
		'2001:db8::/129',
		'10.0.0',
		'*',
	])('refused: the entry %s, which is no address or network', (entry) => {
		expect(() => allowList(['203.0.113.7', entry])).toThrow(
			`Options › IP Allow List: "${entry}" is no address or network`,
		);
	});
});
