/** A credential or a configuration that nothing can be sent with; the message names the field and the mend. */
export class PushSetupError extends Error {
	override readonly name = 'PushSetupError';
	readonly decision = 'configuration';

	/** @param problems One sentence each. */
	constructor(readonly problems: readonly string[]) {
		super(problems.join('\n'));
	}
}
