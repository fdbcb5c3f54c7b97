import type { IncomingMessage } from 'node:http';

/**
 * Who sent a request. Behind so many proxies, each of which adds to X-Forwarded-For who it had the request
 * from, that is the entry that the outermost of them has added; what stands before it anybody can write.
 */
export function senderAddress(
	{ socket, headers }: Pick<IncomingMessage, 'headers'> & { socket: { remoteAddress?: string } },
	proxyHops: number,
): string {
	const peer = plain(socket.remoteAddress ?? '');
	if (proxyHops <= 0) return peer;
	const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',');
	const entries = forwarded
		.split(',')
		.map((entry) => entry.trim())
		.filter((entry) => entry !== '');
	return plain(entries.at(-Math.min(proxyHops, entries.length)) ?? peer);
}

/** IPv4 at a socket for both families comes as `::ffff:192.0.2.1`. */
const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '');
