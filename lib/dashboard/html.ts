/** HTML that may stand in a page as it is. Only {@link html} makes it. */
export class Html {
	constructor(readonly text: string) {}

	toString(): string {
		return this.text;
	}
}

/** What may be put into HTML: anything that is no {@link Html} is escaped. */
export type HtmlValue = Html | string | number | undefined | false | readonly HtmlValue[];

/** For text and for attributes, which always stand in double quotes. */
const ESCAPES: Record<string, string> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
	'`': '&#96;',
};

/** Characters that HTML has no place for, and those that turn the direction of text around. */
const UNFIT = /(?![\t\n\r])\p{Cc}|\p{Surrogate}|[\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/gu;

const escape = (text: string) =>
	text.replace(UNFIT, '\uFFFD').replace(/[&<>"'`]/g, (character) => ESCAPES[character]);

function toText(value: HtmlValue): string {
	if (value instanceof Html) return value.text;
	if (Array.isArray(value)) return value.map(toText).join('');
	if (value === undefined || value === false) return '';
	return escape(String(value));
}

/** A template whose values are escaped, so that nothing of them is read as HTML. */
export function html(parts: TemplateStringsArray, ...values: HtmlValue[]): Html {
	return new Html(String.raw({ raw: parts }, ...values.map(toText)));
}
