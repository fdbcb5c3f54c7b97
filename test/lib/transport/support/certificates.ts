import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate and its key, both PEM. */
export interface Identity {
	cert: string;
	key: string;
	name: string;
}

export interface CertificateOptions {
	name: string;
	/** Host names and IPv4 addresses. */
	hosts?: string[];
	issuer?: Identity;
	notBefore?: Date;
	notAfter?: Date;
}

const DAY = 86_400_000;

/** Issues an X.509 certificate (RFC 5280) on a new P-256 key; self-signed without an issuer. */
export function issueCertificate(options: CertificateOptions): Identity {
	const { name, hosts = [], issuer } = options;
	const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const algorithm = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
	const toBeSigned = sequence(
		explicit(0, integer(Buffer.from([2]))),
		integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
		algorithm,
		commonName(issuer?.name ?? name),
		sequence(
			time(options.notBefore ?? new Date(Date.now() - DAY)),
			time(options.notAfter ?? new Date(Date.now() + DAY)),
		),
		commonName(name),
		publicKey.export({ type: 'spki', format: 'der' }),
		explicit(3, sequence(basicConstraints(hosts.length === 0), ...subjectAltName(hosts))),
	);
	const issuerKey = issuer ? createPrivateKey(issuer.key) : privateKey;
	const signature = sign('sha256', toBeSigned, issuerKey);
	const certificate = sequence(toBeSigned, algorithm, bitString(signature));
	return {
		name,
		cert: pem('CERTIFICATE', certificate),
		key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
	};
}

function element(tag: number, ...contents: Buffer[]): Buffer {
	const content = Buffer.concat(contents);
	if (content.length < 128) return Buffer.concat([Buffer.from([tag, content.length]), content]);
	const length = Buffer.alloc(4);
	length.writeUInt32BE(content.length);
	const significant = length.subarray(length.findIndex((byte) => byte > 0));
	return Buffer.concat([Buffer.from([tag, 0x80 | significant.length]), significant, content]);
}

const sequence = (...contents: Buffer[]) => element(0x30, ...contents);
const integer = (bytes: Buffer) => element(0x02, bytes);
const bitString = (bytes: Buffer) => element(0x03, Buffer.from([0]), bytes);
const octetString = (bytes: Buffer) => element(0x04, bytes);
const explicit = (number: number, content: Buffer) => element(0xa0 | number, content);

function objectIdentifier(dotted: string): Buffer {
	const [first, second, ...rest] = dotted.split('.').map(Number);
	const bytes = [first * 40 + second];
	for (const part of rest) {
		const digits = [part & 0x7f];
		for (let left = part >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
		bytes.push(...digits);
	}
	return element(0x06, Buffer.from(bytes));
}

function time(date: Date): Buffer {
	const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
	return element(0x18, Buffer.from(digits, 'ascii'));
}

function commonName(name: string): Buffer {
	const value = element(0x0c, Buffer.from(name, 'utf8'));
	return sequence(element(0x31, sequence(objectIdentifier('2.5.4.3'), value)));
}

function basicConstraints(isAuthority: boolean): Buffer {
	const value = isAuthority ? sequence(element(0x01, Buffer.from([0xff]))) : sequence();
	return sequence(objectIdentifier('2.5.29.19'), octetString(value));
}

function subjectAltName(hosts: string[]): Buffer[] {
	if (hosts.length === 0) return [];
	const names = hosts.map((host) =>
		isIP(host) === 4
			? element(0x87, Buffer.from(host.split('.').map(Number)))
			: element(0x82, Buffer.from(host, 'ascii')),
	);
	return [sequence(objectIdentifier('2.5.29.17'), octetString(sequence(...names)))];
}

function pem(label: string, der: Buffer): string {
	const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
	return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
