import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { ReactorError } from '../../../lib/callbacks/reactor/errors';
import type { Filter, ListQuery } from '../../../lib/callbacks/reactor/query';
import type { ListOptions } from '../../../lib/callbacks/reactor/pages';
import type { CallbackWritten } from '../sources';

/** Reads what a list is to have. @param filtersName the name of its {@link filterField} */
export function listChoices(
	node: IExecuteFunctions,
	filtersName: string,
	index: number,
): { query: ListQuery; options: ListOptions } {
	const { filter = [] } = node.getNodeParameter(filtersName, index, {}) as {
		filter?: Array<{ attribute: string; operator: Filter['operator']; value: unknown }>;
	};
	const filters = filter.map(({ attribute, operator, value }) => ({
		attribute,
		operator,
		values: textOf(value).split(','),
	}));
	const sort = textOf(node.getNodeParameter('sort', index, '')).split(',');
	if (node.getNodeParameter('returnAll', index, false) === true) {
		return { query: { filters, sort }, options: {} };
	}
	const number = (name: string, label: string, otherwise: number) => {
		const value = Number(node.getNodeParameter(name, index, otherwise));
		if (Number.isInteger(value) && value >= 1) return value;
		throw new ReactorError(`${label} is no whole number from 1 on`, { kind: 'invalid' });
	};
	const options = { limit: number('limit', 'Limit', 50), page: number('page', 'Page', 1) };
	return { query: { filters, sort }, options };
}

/** An expression may give a date. */
const textOf = (value: unknown): string =>
	value instanceof Date ? value.toISOString() : String(value ?? '');

/** The value of a resource locator. */
export const locatorValue = (node: IExecuteFunctions, name: string, index: number): string =>
	String(node.getNodeParameter(name, index, '', { extractValue: true }) ?? '').trim();

/** A callback as it is after a change, with what is told of it besides. */
export const writtenItem = ({ callback, meta }: CallbackWritten): IDataObject =>
	({ ...callback, ...(meta ? { meta } : {}) }) as unknown as IDataObject;
