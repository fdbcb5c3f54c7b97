import ipaddr from 'ipaddr.js';

/** Hosts that mean an IPv4 address to Node's URL parser, or that have it inside an IPv6 one. */
export function spellingsOf(address: string): string[] {
	if (address.includes(':')) return ofIPv6(address);
	const [a, b, c, d] = address.split('.').map(Number);
	const all = ((a * 256 + b) * 256 + c) * 256 + d;
	const octal = (part: number) => `0${part.toString(8)}`;
	const hex = (part: number) => `0x${part.toString(16)}`;
	const pair = (high: number, low: number) => (high * 256 + low).toString(16);
	const [left, right] = [pair(a, b), pair(c, d)];
	return [
		address,
		`${address}.`,
		String(all),
		`0x${all.toString(16)}`,
		`0X${all.toString(16).toUpperCase().padStart(12, '0')}`,
		`0${all.toString(8)}`,
		[a, b, c, d].map(octal).join('.'),
		[a, b, c, d].map(hex).join('.'),
		`${hex(a)}.${octal(b)}.${c * 256 + d}`,
		`${a}.${(b * 256 + c) * 256 + d}`,
		`${a}.${b}.${c * 256 + d}`,
		[a, b, c, d].map((part) => `000${part.toString(8)}`).join('.'),
		// What IDNA makes of other scripts, circled digits and other dots.
		fullWidth(address),
		address.replaceAll('.', '。'),
		address.replaceAll('.', '．'),
		address.replaceAll('.', '｡'),
		address.split('').join('\u00ad'),
		[...address].map((one) => `%${one.charCodeAt(0).toString(16)}`).join(''),
		`user:word@${address}`,
		`public.example%40x:y@${address}`,
		`[::ffff:${address}]`,
		`[::FFFF:${left}:${right}]`,
		`[0:0:0:0:0:ffff:${address}]`,
		`[::${left}:${right}]`,
		`[::${address}]`,
		`[64:ff9b::${address}]`,
		`[64:ff9b:1::${address}]`,
		`[2002:${left}:${right}::1]`,
		`[2001:0:${left}:${right}::1]`,
		`[::ffff:0:${address}]`,
	];
}

function ofIPv6(address: string): string[] {
	const long = ipaddr.parse(address).toNormalizedString();
	const padded = long
		.split(':')
		.map((part) => part.padStart(4, '0'))
		.join(':');
	return [address, address.toUpperCase(), long, padded].flatMap((one) => [
		`[${one}]`,
		`user@[${one}]`,
	]);
}

function fullWidth(text: string): string {
	return text.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
}

/** Ways to write a URL with that host, as the parser takes them. */
export function urlsTo(host: string): string[] {
	return [
		`https://${host}/`,
		`http://${host}:8080/a?b`,
		`HTTPS:${host}`,
		`https:\\\\${host}\\x`,
		` https:///${host}/\t`,
		`https://${host.slice(0, 1)}\n${host.slice(1)}/`,
	];
}
