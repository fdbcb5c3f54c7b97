import { html, type Html, type HtmlValue } from './html';

export interface Column<T> {
	title: string;
	/** A number, which stands at the right. */
	isNumber?: boolean;
	cell: (row: T) => HtmlValue;
}

/** A table that becomes a card for each row where the screen is narrow. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): Html {
	return html`<table class="stack">
		<thead>
			<tr>
				${columns.map(
					({ title, isNumber }) =>
						html`<th scope="col" ${isNumber && html` class="n"`}>${title}</th>`,
				)}
			</tr>
		</thead>
		<tbody>
			${rows.map(
				(row) =>
					html`<tr>
						${columns.map(
							({ title, isNumber, cell }) =>
								html`<td data-label="${title}" ${isNumber && html` class="n"`}>${cell(row)}</td>`,
						)}
					</tr>`,
			)}
		</tbody>
	</table>`;
}
