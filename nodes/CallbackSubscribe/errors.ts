import { NodeOperationError, type INode } from 'n8n-workflow';
import { AuditEventError } from '../../lib/callbacks/auditEvent';
import { CallbackFieldError } from '../../lib/callbacks/errors';
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

/** Any failure of an operation as the error that n8n shows. */
export function asNodeError(node: INode, error: unknown, itemIndex?: number): NodeOperationError {
	if (error instanceof NodeOperationError) return error;
	return new NodeOperationError(node, placed(error), itemIndex === undefined ? {} : { itemIndex });
}
