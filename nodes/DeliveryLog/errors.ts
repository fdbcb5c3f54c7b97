import { NodeOperationError, type INode } from 'n8n-workflow';

/** A field that cannot be used. The message names it; n8n shows the mend below. */
export class FieldError extends Error {
	constructor(
		field: string,
		problem: string,
		readonly mend?: string,
	) {
		super(`${field} ${problem}`);
	}
}

/** Any failure of an operation as the error that n8n shows. */
export function asNodeError(node: INode, error: unknown, itemIndex: number): NodeOperationError {
	if (error instanceof NodeOperationError) return error;
	const message = error instanceof Error ? error.message : String(error);
	const description = error instanceof FieldError ? error.mend : undefined;
	return new NodeOperationError(node, message, {
		itemIndex,
		...(description === undefined ? {} : { description }),
	});
}
