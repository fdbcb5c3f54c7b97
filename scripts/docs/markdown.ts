/** Texts of descriptions in Markdown: nothing in them is markup, and no cell of a table breaks. */

/** A plain text. */
export const asText = (text: string): string =>
	text
		.replace(/\s+/g, ' ')
		.replace(/[\\*`|]|\b_|_\b/g, '\\$&')
		.replaceAll('<', '&lt;')
		.trim();

/** A value to be typed in. */
export function asCode(text: string): string {
	const line = text.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|');
	const fence = line.includes('`') ? '``' : '`';
	return `${fence}${fence === '``' ? ` ${line} ` : line}${fence}`;
}
