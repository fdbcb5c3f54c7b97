import type { Pagination } from './jsonApi';

export const DEFAULT_PAGE_SIZE = 25;
export const LARGEST_PAGE_SIZE = 100;
const MOST_VALUES = 100;

/** Reactor, filtering: the supported operators. */
export const FILTER_OPERATORS = ['EQ', 'NOT', 'LT', 'GT', 'BETWEEN', 'CONTAINS'] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

export interface Filter {
	attribute: string;
	operator: FilterOperator;
	/** At least one; timestamps in the form in which they are kept. */
	values: string[];
}

export interface SortKey {
	attribute: string;
	descending: boolean;
}

/** What a list was asked for. */
export interface ListQuery {
	filters: Filter[];
	sort: SortKey[];
	page: { number: number; size: number };
	/** What was asked for and not done. */
	warnings: string[];
}

/** What a list can be filtered and sorted by. */
export type ListAttributes = Readonly<Record<string, 'timestamp' | 'text'>>;

/** A parameter of a query that is refused. */
export class QueryError extends Error {
	override readonly name = 'QueryError';

	constructor(
		readonly parameter: string,
		problem: string,
	) {
		super(`${parameter} ${problem}`);
	}
}

/**
 * Reads the query of a list (Reactor, filtering, sorting, pagination). Of two filters of an attribute the
 * last counts; when one is malformed none is applied.
 * @param query what follows the question mark
 * @throws QueryError for a page that cannot be
 */
export function readListQuery(query: string, attributes: ListAttributes): ListQuery {
	const parameters = new URLSearchParams(query);
	const warnings: string[] = [];
	return {
		filters: readFilters(parameters, attributes, warnings),
		sort: readSort(parameters.get('sort') ?? '', attributes, warnings),
		page: readPage(parameters),
		warnings,
	};
}

function readFilters(
	parameters: URLSearchParams,
	attributes: ListAttributes,
	warnings: string[],
): Filter[] {
	const filters = new Map<string, Filter>();
	let malformed = false;
	for (const [name, text] of parameters) {
		// The OpenAPI description names the parameters without filter[], the guide with it.
		const attribute = /^filter\[([^\]]*)\]$/.exec(name)?.[1] ?? name;
		if (attribute === name && !Object.hasOwn(attributes, name)) continue;
		if (!Object.hasOwn(attributes, attribute)) {
			warnings.push(`${shown(name)} is ignored: this list has no such filter`);
			continue;
		}
		const filter = readFilter(attribute, text, attributes[attribute]);
		if (filter) filters.set(attribute, filter);
		else malformed = true;
	}
	if (!malformed) return [...filters.values()];
	warnings.push(
		`The filters are ignored, since one of them is malformed: write filter[created_at]=GT 2026-01-31T00:00:00.000Z with one of ${FILTER_OPERATORS.join(', ')}`,
	);
	return [];
}

function readFilter(
	attribute: string,
	text: string,
	kind: 'timestamp' | 'text',
): Filter | undefined {
	const [, written, rest] = /^([A-Z]+)\s+(\S.*)$/s.exec(text.trim()) ?? [];
	const operator = FILTER_OPERATORS.find((known) => known === written);
	if (!operator) return undefined;
	const values = rest.split(',').map((value) => value.trim());
	const counts: Partial<Record<FilterOperator, number>> = { BETWEEN: 2, LT: 1, GT: 1 };
	if (values.length !== (counts[operator] ?? values.length)) return undefined;
	if (values.length > MOST_VALUES || values.includes('')) return undefined;
	if (kind === 'text') return { attribute, operator, values };
	if (operator === 'CONTAINS') return { attribute, operator, values };
	const moments = values.map(normalMoment);
	if (moments.some((moment) => moment === undefined)) return undefined;
	return { attribute, operator, values: moments as string[] };
}

const MOMENT =
	/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** A date or a time in any of its forms, as timestamps are written; without a zone it is UTC. */
function normalMoment(text: string): string | undefined {
	if (!MOMENT.test(text)) return undefined;
	const zoned = !text.includes('T') || /(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`;
	const at = Date.parse(zoned);
	return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

function readSort(text: string, attributes: ListAttributes, warnings: string[]): SortKey[] {
	const keys: SortKey[] = [];
	for (const word of text.split(',').map((one) => one.trim())) {
		if (word === '') continue;
		const attribute = word.replace(/^-/, '');
		if (!Object.hasOwn(attributes, attribute)) {
			warnings.push(`sort=${shown(word)} is ignored: this list has no such order`);
		} else if (!keys.some((key) => key.attribute === attribute)) {
			keys.push({ attribute, descending: word.startsWith('-') });
		}
	}
	return keys;
}

function readPage(parameters: URLSearchParams): ListQuery['page'] {
	const number = wholeNumber(parameters, 'page[number]', 1);
	const size = wholeNumber(parameters, 'page[size]', DEFAULT_PAGE_SIZE);
	// More than a page may hold gets the largest one; what is left is told by meta.pagination.
	return { number, size: Math.min(size, LARGEST_PAGE_SIZE) };
}

function wholeNumber(parameters: URLSearchParams, name: string, otherwise: number): number {
	const text = parameters.get(name);
	if (text === null || text === '') return otherwise;
	if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
	throw new QueryError(name, 'has to be a whole number from 1 on');
}

const shown = (text: string) => text.slice(0, 100);

/** Reactor, pagination: `meta.pagination` of a list. */
export function paginationOf(page: ListQuery['page'], totalCount: number): Pagination {
	const pages = Math.max(1, Math.ceil(totalCount / page.size));
	const { number } = page;
	return {
		current_page: number,
		next_page: number < pages ? number + 1 : null,
		prev_page: number > 1 ? Math.min(number - 1, pages) : null,
		total_pages: pages,
		total_count: totalCount,
	};
}
