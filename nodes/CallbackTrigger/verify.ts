import type { IncomingHttpHeaders } from 'node:http';
import type { IDataObject } from 'n8n-workflow';
import { readAuditEvent, type ReadAuditEvent } from '../../lib/callbacks/auditEvent';
import type { EventCheck } from '../../lib/callbacks/intake';
import { isReactorError } from '../../lib/callbacks/reactor/errors';
import { createVerifier, SignatureError } from '../../lib/delivery/signature';
import { SIGNING_CREDENTIAL, signingSecretsOf } from '../shared/credentials';
import { IntakeError } from '../../lib/transport/intake';
import { outcomeLater, outcomeOf } from '../shared/outcome';
import { storeOf, type StoreContext } from '../shared/stores';
import { registeredSecret, triggerClient } from './registrar';
import type { TriggerSettings } from './settings';

/** An event, and how far it was made sure that it is true. */
export interface CheckedEvent {
	event: ReadAuditEvent;
	checked: EventCheck;
}

/** What an event came with. */
export interface ReceivedBytes {
	headers: IncomingHttpHeaders;
	/** As they came; a signature covers them. */
	body: Buffer;
}

/**
 * Reads an event and makes sure of it as the node has it.
 * @param registration under which the node is registered
 * @throws IntakeError with the answer that the sender gets
 */
export async function checkedEvent(
	context: StoreContext,
	settings: TriggerSettings,
	registration: string,
	received: ReceivedBytes,
): Promise<CheckedEvent> {
	const { check } = settings;
	const { body } = received;
	if (check === 'signature' || check === 'registered') {
		assertSigned(context, received, await secretsOf(context, check, registration));
		return { event: readEvent(body), checked: 'signature' };
	}
	const event = readEvent(body);
	if (check === 'none') return { event, checked: 'none' };
	return { event: await readAgain(context, settings, event), checked: 'api' };
}

function readEvent(body: Buffer): ReadAuditEvent {
	const document = outcomeOf(() => JSON.parse(body.toString('utf8')) as unknown);
	if (!('value' in document)) throw new IntakeError(400, 'The body is no JSON');
	// What the workflow cannot read of an entity it sees as null; the event counts all the same.
	const event = outcomeOf(() => readAuditEvent(document.value, { lenientEntity: true }));
	if ('value' in event) return event.value;
	throw new IntakeError(400, (event.error as Error).message);
}

async function secretsOf(
	context: StoreContext,
	check: 'signature' | 'registered',
	registration: string,
): Promise<string[]> {
	if (check === 'signature') {
		return signingSecretsOf(await context.getCredentials<IDataObject>(SIGNING_CREDENTIAL));
	}
	const { store } = await storeOf(context);
	const secret = await registeredSecret(store, registration);
	// Not registered yet: whatever this is, it comes again.
	if (secret === undefined) throw new IntakeError(503, 'Events cannot be checked yet');
	return [secret];
}

function assertSigned(
	context: StoreContext,
	{ headers, body }: ReceivedBytes,
	secrets: string[],
): void {
	const text = (name: string) => headers[name] as string | undefined;
	const { error } = outcomeOf(() =>
		createVerifier(secrets).verify({
			id: text('webhook-id'),
			timestamp: text('webhook-timestamp'),
			signature: text('webhook-signature'),
			body,
			now: Date.now(),
		}),
	);
	if (error === undefined) return;
	const known = error instanceof SignatureError && error.code !== 'SECRET_INVALID';
	if (known) throw new IntakeError(401, error.message);
	context.logger.error(`${context.getNode().name}: ${(error as Error).message}`);
	throw new IntakeError(503, 'Events cannot be checked now');
}

/** Adobe signs nothing: what the API itself says of an event is true, whoever sent it here. */
async function readAgain(
	context: StoreContext,
	settings: TriggerSettings,
	{ id }: ReadAuditEvent,
): Promise<ReadAuditEvent> {
	const known = await outcomeLater(async () => {
		const client = await triggerClient(context, settings);
		return readAuditEvent(await client.getAuditEvent(id), { lenientEntity: true });
	});
	if ('value' in known) return known.value;
	if (isReactorError(known.error, 'notFound')) {
		throw new IntakeError(403, 'The API knows no such event');
	}
	context.logger.warn(
		`${context.getNode().name}: an event could not be read again from the API: ${(known.error as Error).message}`,
	);
	throw new IntakeError(503, 'The event cannot be checked now; send it again later');
}
