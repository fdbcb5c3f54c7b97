import {
	DEFAULT_PAGE_SIZE,
	FILTER_OPERATORS,
	LARGEST_PAGE_SIZE,
	type FilterOperator,
} from '../listQuery';
import { ReactorError } from './errors';

/** A filter as it is asked for (Reactor, filtering responses). */
export interface Filter {
	/** `created_at` */
	attribute: string;
	operator: FilterOperator;
	/** Two for BETWEEN. */
	values: readonly string[];
}

export interface ListQuery {
	/** Of several on one attribute the API takes the last. */
	filters?: readonly Filter[];
	/** Attributes; descending with `-` before. */
	sort?: readonly string[];
}

export interface Page {
	/** From 1. */
	number: number;
	/** At most {@link LARGEST_PAGE}. */
	size: number;
}

/** Reactor, pagination: what is given when nothing is said, and at most. */
export const DEFAULT_PAGE: Page = { number: 1, size: DEFAULT_PAGE_SIZE };
export const LARGEST_PAGE = LARGEST_PAGE_SIZE;

const ATTRIBUTE = /^[a-z][a-z0-9_.]*$/i;

/**
 * The query of a list, URL-encoded as the guides show it; what is the default anyway is left out.
 * @throws ReactorError that names a filter or an attribute that cannot be sent
 */
export function listQuery({ filters = [], sort = [] }: ListQuery, page: Page): string {
	const pairs: [string, string][] = filters.map((filter) => [
		`filter[${attribute(filter.attribute, 'A filter')}]`,
		`${filter.operator} ${valuesOf(filter).join(',')}`,
	]);
	const order = sort.map((one) => one.trim()).filter((one) => one !== '');
	for (const one of order) attribute(one.replace(/^-/, ''), 'Sort');
	if (order.length > 0) pairs.push(['sort', order.join(',')]);
	if (page.number !== DEFAULT_PAGE.number) pairs.push(['page[number]', String(page.number)]);
	if (page.size !== DEFAULT_PAGE.size) pairs.push(['page[size]', String(page.size)]);
	return pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
}

function attribute(name: string, where: string): string {
	if (ATTRIBUTE.test(name)) return name;
	throw invalid(`${where} names "${name.slice(0, 60)}"; an attribute is such as created_at`);
}

function valuesOf({ attribute: name, operator, values }: Filter): readonly string[] {
	if (!FILTER_OPERATORS.includes(operator)) {
		throw invalid(
			`The filter on ${name} has no operator "${String(operator)}"; there are ${FILTER_OPERATORS.join(', ')}`,
		);
	}
	const filled = values.map((value) => value.trim()).filter((value) => value !== '');
	if (filled.length === 0) throw invalid(`The filter on ${name} has no value`);
	if (operator === 'BETWEEN' && filled.length !== 2) {
		throw invalid(
			`The filter on ${name} is BETWEEN and has ${filled.length} values; it needs two, separated by a comma`,
		);
	}
	return filled;
}

const invalid = (problem: string) => new ReactorError(problem, { kind: 'invalid' });
