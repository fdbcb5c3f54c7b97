import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { Clock } from '../clock';
import {
	AuthenticationError,
	createScopeCheck,
	type Authentication,
	type CredentialScope,
} from './authentication';
import type { TlsOptions } from './connector';

/** A credential's fields as an operator wrote them. */
export interface ClientCertificateFields {
	/** PEM; certificates of intermediate authorities may follow. */
	certificate: string;
	/** PEM. */
	privateKey: string;
	passphrase?: string;
	/** PEM; the only authorities that a receiver's certificate may come from, when given. */
	authorities?: string;
}

export interface ClientCertificate {
	tls: TlsOptions;
	/** To whom it was issued, on one line. */
	subject: string;
	/** Epoch milliseconds. */
	validUntil: number;
}

/**
 * Reads a client certificate for mutual TLS, and checks that it can be used now.
 * @throws AuthenticationError that names the field and never shows what is in it.
 */
export function readClientCertificate(
	fields: ClientCertificateFields,
	clock: Clock,
): ClientCertificate {
	const { passphrase = '', authorities = '' } = fields;
	const certificates = blocksOf(fields.certificate, 'Certificate', 'CERTIFICATE');
	const [certificate] = certificates.map((pem) => parseCertificate(pem, 'Certificate'));
	checkDates(certificate, clock.now());
	const [pem] = blocksOf(fields.privateKey, 'Private Key', 'PRIVATE KEY');
	if (!certificate.checkPrivateKey(parseKey(pem, passphrase))) {
		throw unusable('Private Key does not belong to Certificate');
	}
	const ca =
		authorities.trim() === ''
			? []
			: blocksOf(authorities, 'Certificate Authorities', 'CERTIFICATE');
	for (const one of ca) parseCertificate(one, 'Certificate Authorities');
	return {
		tls: {
			cert: certificates.join('\n'),
			key: pem,
			...(passphrase === '' ? {} : { passphrase }),
			...(ca.length === 0 ? {} : { ca }),
		},
		subject: (certificate.subject ?? certificate.subjectAltName ?? '').replace(/\s+/g, ' ').trim(),
		validUntil: Date.parse(certificate.validTo),
	};
}

/**
 * The same authentication, held to a certificate's own scope too: connections show the certificate
 * to whom they lead, and so must lead nowhere else.
 * @throws HostPatternError when an allowed domain cannot be read.
 */
export function withCertificateScope(
	inner: Authentication,
	scope: CredentialScope,
): Authentication {
	const permit = createScopeCheck(scope);
	const { refreshOn, refresh } = inner;
	return {
		get secrets() {
			return inner.secrets;
		},
		apply(url) {
			if (url.protocol === 'https:') permit(url);
			return inner.apply(url);
		},
		...(refreshOn ? { refreshOn } : {}),
		...(refresh ? { refresh: refresh.bind(inner) } : {}),
	};
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

/** The blocks of a PEM text (RFC 7468) with the label, or the end of one, that is wanted. */
function blocksOf(text: string, field: string, label: string): string[] {
	if (text.trim() === '') throw unusable(`${field} is empty`);
	const blocks = [...text.replaceAll('\\n', '\n').matchAll(BLOCK)];
	if (blocks.length === 0) {
		throw unusable(`${field} is not PEM: it starts with "-----BEGIN ${label}-----"`);
	}
	const wanted = blocks.filter(([, found]) => found.endsWith(label));
	if (wanted.length === 0) {
		throw unusable(`${field} holds a block "${blocks[0][1]}" in place of "${label}"`);
	}
	return wanted.map(([, found, content]) => {
		return `-----BEGIN ${found}-----\n${inLines(content)}\n-----END ${found}-----\n`;
	});
}

/** Fields of one line, as those for secrets are, turn line breaks into spaces. */
function inLines(content: string): string {
	// Keys encrypted in OpenSSL's older form have two headers in front (RFC 1421, 4.6.1).
	const [, procType, dekInfo, base64] =
		/^\s*(?:(Proc-Type: ?\S+)\s+(DEK-Info: ?\S+))?([\s\S]*)$/.exec(content) ?? [];
	const lines = base64.replace(/\s+/g, '').match(/.{1,64}/g) ?? [];
	return [...(procType ? [procType, dekInfo, ''] : []), ...lines].join('\n');
}

function parseCertificate(pem: string, field: string): X509Certificate {
	try {
		return new X509Certificate(pem);
	} catch {
		throw unusable(`${field} holds a block that is no certificate; was it cut when it was copied?`);
	}
}

function checkDates({ validFrom, validTo }: X509Certificate, now: number): void {
	const day = (date: string) => new Date(date).toISOString().slice(0, 10);
	if (now > Date.parse(validTo)) {
		throw unusable(
			`Certificate has expired on ${day(validTo)}: put a new one, and its key, in place`,
		);
	}
	if (now < Date.parse(validFrom)) {
		throw unusable(`Certificate is not valid before ${day(validFrom)}`);
	}
}

function parseKey(pem: string, passphrase: string): KeyObject {
	const encrypted = /BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(pem);
	if (encrypted && passphrase === '') {
		throw unusable('Private Key is encrypted, and Passphrase is empty');
	}
	try {
		return createPrivateKey(passphrase === '' ? pem : { key: pem, passphrase });
	} catch {
		throw unusable(
			encrypted
				? 'Private Key cannot be decrypted with Passphrase'
				: 'Private Key holds a block that is no private key; was it cut when it was copied?',
		);
	}
}

function unusable(problem: string): AuthenticationError {
	return new AuthenticationError(problem, 'dead');
}
