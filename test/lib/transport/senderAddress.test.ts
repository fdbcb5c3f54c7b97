import { senderAddress } from '../../../lib/transport/senderAddress';

const request = (remoteAddress: string | undefined, forwarded?: string) => ({
	socket: { remoteAddress },
	headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
});

test.each<[string, string, number, Parameters<typeof senderAddress>[0]]>([
	['without a proxy the peer', '192.0.2.9', 0, request('192.0.2.9', '6.6.6.6')],
	['IPv4 in the notation of IPv6', '192.0.2.9', 0, request('::ffff:192.0.2.9')],
	['IPv6', '2001:db8::1', 0, request('2001:db8::1')],
	['behind one proxy the last entry', '192.0.2.1', 1, request('10.0.0.1', '6.6.6.6, 192.0.2.1')],
	['behind more proxies than entries the first', '192.0.2.1', 3, request('10.0.0.1', '192.0.2.1')],
	['a proxy that names nobody', '10.0.0.1', 1, request('10.0.0.1')],
	['empty entries', '10.0.0.1', 1, request('10.0.0.1', ' , ')],
	['a peer that is gone', '', 0, request(undefined)],
])('%s', (_name, expected, hops, given) => {
	expect(senderAddress(given, hops)).toBe(expected);
});
