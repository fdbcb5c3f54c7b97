/** Why a port or a path cannot be served. The message says what to mend. */
export class ListenerError extends Error {
	override readonly name = 'ListenerError';

	constructor(
		readonly code: 'PORT_TAKEN' | 'NOT_ALLOWED' | 'NO_SUCH_ADDRESS' | 'PATH_TAKEN' | 'FAILED',
		message: string,
		options?: ErrorOptions,
	) {
		super(message, options);
	}
}

/** What an error of listening means. */
export function listenProblem(
	error: NodeJS.ErrnoException,
	{ port, host }: { port: number; host?: string },
): ListenerError {
	switch (error.code) {
		case 'EADDRINUSE':
			return new ListenerError(
				'PORT_TAKEN',
				`Port ${port} is taken by another program. Choose another one, or stop that program`,
				{ cause: error },
			);
		case 'EACCES':
			return new ListenerError(
				'NOT_ALLOWED',
				`n8n may not listen at port ${port}. Choose one from 1024 on`,
				{ cause: error },
			);
		case 'EADDRNOTAVAIL':
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return new ListenerError(
				'NO_SUCH_ADDRESS',
				`${host} is no address of this machine. Leave it empty to listen at all of them`,
				{ cause: error },
			);
		default:
			return new ListenerError('FAILED', `Port ${port} cannot be opened: ${error.message}`, {
				cause: error,
			});
	}
}
