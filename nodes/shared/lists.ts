/** Splits a comma-separated field. */
export function listOf(text: unknown): string[] {
	return String(text ?? '')
		.split(/[,\n]/)
		.map((part) => part.trim())
		.filter((part) => part !== '');
}
