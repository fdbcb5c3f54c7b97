import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { IDataObject } from 'n8n-workflow';
import { createVerifier, SignatureError } from '../../lib/delivery/signature';
import {
	BEARER_CREDENTIAL,
	HEADER_CREDENTIAL,
	SIGNING_CREDENTIAL,
	signingSecretsOf,
} from './credentials';
import { IntakeError } from '../../lib/transport/intake';

/** What a sender has to show. */
export type IntakeAuthentication =
	| { kind: 'none' }
	| { kind: 'bearerToken'; token: string }
	/** The name in lower case. */
	| { kind: 'headerAuth'; name: string; value: string }
	| { kind: 'signature'; secrets: string[] };

interface AuthenticatingContext {
	getNodeParameter(name: string, fallback?: unknown): unknown;
	getCredentials<T extends object>(type: string): Promise<T>;
}

/**
 * Reads what a trigger's field "Authentication" and its credential ask of a sender.
 * @throws IntakeError 401 where an expression gives a choice that there is not: it must not open the trigger
 */
export async function readAuthentication(
	context: AuthenticatingContext,
): Promise<IntakeAuthentication> {
	switch (context.getNodeParameter('authentication', 'none')) {
		case 'none':
			return { kind: 'none' };
		case 'bearerToken': {
			const data = await context.getCredentials<IDataObject>(BEARER_CREDENTIAL);
			return { kind: 'bearerToken', token: String(data.token ?? '') };
		}
		case 'headerAuth': {
			const data = await context.getCredentials<IDataObject>(HEADER_CREDENTIAL);
			const name = String(data.headerName ?? '').toLowerCase();
			return { kind: 'headerAuth', name, value: String(data.secretValue ?? '') };
		}
		case 'signature': {
			const data = await context.getCredentials<IDataObject>(SIGNING_CREDENTIAL);
			return { kind: 'signature', secrets: signingSecretsOf(data) };
		}
		default:
			throw new IntakeError(401, 'The authentication of this trigger is set up wrongly');
	}
}

/**
 * Checks who sends.
 * @param body the bytes as they came; a signature covers them
 * @throws IntakeError 401
 */
export function assertAuthentic(
	expected: IntakeAuthentication,
	headers: IncomingHttpHeaders,
	body: Buffer,
): void {
	switch (expected.kind) {
		case 'none':
			return;
		case 'bearerToken': {
			const given = /^Bearer (.+)$/i.exec(String(headers.authorization ?? ''))?.[1];
			if (same(given, expected.token)) return;
			throw new IntakeError(401, 'The bearer token is missing or wrong');
		}
		case 'headerAuth':
			if (same(headers[expected.name], expected.value)) return;
			throw new IntakeError(401, `The header ${expected.name} is missing or wrong`);
		case 'signature': {
			const problem = signatureProblem(headers, body, expected.secrets);
			if (problem !== undefined) throw new IntakeError(401, problem);
		}
	}
}

function signatureProblem(
	headers: IncomingHttpHeaders,
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
