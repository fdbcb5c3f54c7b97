import { NodeOperationError, type INode } from 'n8n-workflow';
import { AuditEventError } from '../../lib/callbacks/auditEvent';
import { CallbackFieldError } from '../../lib/callbacks/errors';
import { ReactorError, type ReactorErrorKind } from '../../lib/callbacks/reactor/errors';
import { HostPatternError } from '../../lib/transport/hostPatterns';

/** What stands before a message, so that it names the place. */
function placed(error: unknown): string {
	const message = error instanceof Error ? error.message : String(error);
	if (error instanceof AuditEventError) return `The event cannot be used: ${message}`;
	if (error instanceof CallbackFieldError) return `The callback is refused: ${message}`;
	if (error instanceof HostPatternError) {
		return `Options › Allowed Private Hosts cannot be read: ${message}`;
	}
	return message;
}

/** How to mend what the service says, by the kind of its error. */
const MENDS: Record<ReactorErrorKind, string> = {
	invalid: 'Change the field that is named; an expression there may give nothing for this item.',
	refused: 'Change what is sent as the service says; it would refuse the same again.',
	unauthorized:
		'Open the credential and save it, so that it is tested. It also needs the right to this property.',
	notFound:
		'Choose it again from the list: it may have been deleted, or the credential has no right to its property.',
	unavailable: 'Run the workflow again later; the service was asked several times already.',
	unreadable: 'Check the Base URL of the credential: what answers there is not this API.',
};

function mendOf(error: unknown): string | undefined {
	if (error instanceof ReactorError) return MENDS[error.kind];
	if (error instanceof AuditEventError) {
		return 'Give an audit event document, an item of Callback Trigger, or an object with type_of and entity; or set Event to "From the Fields Below".';
	}
	return undefined;
}

/** Any failure of an operation as the error that n8n shows, with how to mend it where that is known. */
export function asNodeError(node: INode, error: unknown, itemIndex?: number): NodeOperationError {
	if (error instanceof NodeOperationError) return error;
	const description = mendOf(error);
	return new NodeOperationError(node, placed(error), {
		...(itemIndex === undefined ? {} : { itemIndex }),
		...(description === undefined ? {} : { description }),
	});
}
