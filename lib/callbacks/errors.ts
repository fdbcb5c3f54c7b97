/**
 * A callback that is not acceptable; names the field and says what belongs there. The attribute is a path
 * below the callback's attributes: `url`, `subscriptions/0`.
 */
export class CallbackFieldError extends Error {
	override readonly name = 'CallbackFieldError';
	readonly decision = 'configuration';

	constructor(
		readonly attribute: string,
		readonly problem: string,
	) {
		super(`${attribute} ${problem}`);
	}
}

/** There is no such callback, or none that the caller may see. */
export class CallbackNotFoundError extends Error {
	override readonly name = 'CallbackNotFoundError';
	readonly decision = 'dead';

	constructor(readonly id: string) {
		super(`There is no callback ${id.slice(0, 40)}`);
	}
}

/** A secret that cannot be read with any key at hand. */
export class SecretUnreadableError extends Error {
	override readonly name = 'SecretUnreadableError';
	readonly decision = 'configuration';

	constructor() {
		super(
			'The signing secret of a callback cannot be decrypted: give n8n the N8N_ENCRYPTION_KEY that it ran with, or put the file callbacks.key back beside the delivery store. Else give the callback a new secret.',
		);
	}
}
