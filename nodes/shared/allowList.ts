import { BlockList, isIP } from 'node:net';
import { IntakeError } from '../../lib/transport/intake';
import { listOf } from './lists';

/**
 * Checks where a request comes from.
 * @param allowed addresses and networks, separated by commas; empty allows all
 * @throws IntakeError 403
 */
export function assertAllowedAddress(allowed: string, address: string): void {
	const entries = listOf(allowed);
	if (entries.length === 0) return;
	const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
	const family = isIP(plain);
	if (family !== 0 && allowList(entries).check(plain, family === 6 ? 'ipv6' : 'ipv4')) return;
	throw new IntakeError(403, 'This address may not send anything here');
}

/**
 * Reads the field "IP Allow List".
 * @throws Error that names the entry that is no address or network
 */
export function allowList(entries: readonly string[]): BlockList {
	const list = new BlockList();
	for (const entry of entries) {
		const [address, bits, ...rest] = entry.split('/');
		const family = isIP(address);
		const most = family === 6 ? 128 : 32;
		const length = bits === undefined ? most : /^\d+$/.test(bits) ? Number(bits) : NaN;
		if (family === 0 || rest.length > 0 || !(length <= most)) {
			throw new Error(
				`Options › IP Allow List: "${entry}" is no address or network, such as 203.0.113.7 or 198.51.100.0/24`,
			);
		}
		list.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4');
	}
	return list;
}
