/** A store that cannot be used as it is set up; the message says what to change. */
export class StoreSetupError extends Error {
	override readonly name = 'StoreSetupError';
	readonly decision = 'configuration';

	constructor(
		readonly code:
			| 'QUEUE_MODE'
			| 'OWNED'
			| 'UNREADABLE'
			| 'NEWER_SCHEMA'
			| 'CLOSED'
			| 'UNREACHABLE'
			| 'REFUSED'
			| 'RIGHTS'
			| 'VERSION'
			| 'TLS'
			| 'SETTINGS'
			| 'MOVED'
			| 'IN_USE',
		message: string,
		options?: ErrorOptions,
	) {
		super(message, options);
	}
}

/** The store is at the size that the operator set: nothing more is taken in until something is delivered or removed. */
export class StoreFullError extends Error {
	override readonly name = 'StoreFullError';
	readonly decision = 'retry';

	constructor(
		readonly sizeBytes: number,
		readonly limitBytes: number,
	) {
		super(
			`The delivery store holds ${Math.ceil(sizeBytes / 1048576)} MB, its limit is ${Math.ceil(limitBytes / 1048576)} MB`,
		);
	}
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
	const { message } = (error ?? {}) as { message?: unknown };
	return typeof message === 'string' ? message : String(error);
}
