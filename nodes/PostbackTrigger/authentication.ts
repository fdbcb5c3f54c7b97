import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { createVerifier, SignatureError } from '../../lib/delivery/signature';
import {
	BEARER_CREDENTIAL,
	HEADER_CREDENTIAL,
	listOf,
	SIGNING_CREDENTIAL,
	signingSecretsOf,
} from '../shared/credentials';

/** A request that is not let in, with the answer it gets. */
export class RefusedError extends Error {
	override readonly name = 'RefusedError';

	constructor(
		readonly status: 401 | 403,
		message: string,
	) {
		super(message);
	}
}

/**
 * Checks who sends.
 * @param body the bytes as they came; a signature covers them
 * @throws RefusedError
 */
export async function authenticate(context: IWebhookFunctions, body: Buffer): Promise<void> {
	const headers = context.getHeaderData();
	switch (context.getNodeParameter('authentication', 'none')) {
		case 'none':
			return;
		case 'bearerToken': {
			const data = await context.getCredentials<IDataObject>(BEARER_CREDENTIAL);
			const given = /^Bearer (.+)$/i.exec(String(headers.authorization ?? ''))?.[1];
			if (!same(given, String(data.token ?? '')))
				throw new RefusedError(401, 'The bearer token is missing or wrong');
			return;
		}
		case 'headerAuth': {
			const data = await context.getCredentials<IDataObject>(HEADER_CREDENTIAL);
			const name = String(data.headerName ?? '').toLowerCase();
			if (!same(headers[name], String(data.secretValue ?? '')))
				throw new RefusedError(401, `The header ${name} is missing or wrong`);
			return;
		}
		case 'signature': {
			const data = await context.getCredentials<IDataObject>(SIGNING_CREDENTIAL);
			const problem = signatureProblem(headers, body, signingSecretsOf(data));
			if (problem !== undefined) throw new RefusedError(401, problem);
			return;
		}
		default:
			// An expression that gives none of these must not open the trigger.
			throw new RefusedError(401, 'The authentication of this trigger is set up wrongly');
	}
}

function signatureProblem(
	headers: IDataObject,
	body: Buffer,
	secrets: string[],
): string | undefined {
	try {
		createVerifier(secrets).verify({
			id: headers['webhook-id'] as string,
			timestamp: headers['webhook-timestamp'] as string,
			signature: headers['webhook-signature'] as string,
			body,
			now: Date.now(),
		});
		return undefined;
	} catch (error) {
		return error instanceof SignatureError ? error.message : 'The signature could not be checked';
	}
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function same(given: unknown, expected: string): boolean {
	if (typeof given !== 'string' || expected === '') return false;
	const digest = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(digest(given), digest(expected));
}

/**
 * Checks where a request comes from.
 * @param allowed addresses and networks, separated by commas; empty allows all
 * @throws RefusedError
 */
export function assertAllowedAddress(allowed: string, addresses: readonly string[]): void {
	const entries = listOf(allowed);
	if (entries.length === 0) return;
	const list = allowList(entries);
	const permitted = addresses.some((address) => {
		const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
		const family = isIP(plain);
		return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
	});
	if (!permitted) throw new RefusedError(403, 'This address may not send hits');
}

/**
 * Reads an allow-list.
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
