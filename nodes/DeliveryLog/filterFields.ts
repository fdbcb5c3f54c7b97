import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { DELIVERY_KINDS } from '../../lib/delivery/delivery';
import type { LogFilter } from '../../lib/store/log/filter';
import { STORED_STATUSES, type StoredStatus } from '../../lib/store/schema';
import { FieldError } from './errors';
import { collectionOf, textOf, timeOf } from './fields';
import { STATES } from './filterProperties';

/** Reads a {@link stateField}; undefined when nothing is chosen. */
export function readStates(
	node: IExecuteFunctions,
	operation: string,
	index: number,
): StoredStatus[] | undefined {
	const given = node.getNodeParameter(`${operation}States`, index, []) as unknown;
	const chosen = (Array.isArray(given) ? given : [given]).map(textOf).filter((one) => one !== '');
	const unknown = chosen.find((one) => !Object.hasOwn(STATES, one));
	if (unknown !== undefined) {
		throw new FieldError(
			'States:',
			`there is no state "${unknown}"`,
			`One of ${STORED_STATUSES.join(', ')}.`,
		);
	}
	return chosen.length === 0 ? undefined : (chosen as StoredStatus[]);
}

const TEXTS = [
	'endpoint',
	'eventId',
	'executionId',
	'name',
	'queue',
	'reason',
	'sourceId',
	'subject',
	'workflowId',
] as const;

/** Reads a {@link filtersField}. What is added and left empty filters nothing. @throws FieldError */
export function readFilters(node: IExecuteFunctions, operation: string, index: number): LogFilter {
	const given = collectionOf(node, `${operation}Filters`, index);
	const filter: LogFilter = {};
	for (const name of TEXTS) {
		const text = textOf(given[name]);
		if (text !== '') filter[name] = text;
	}
	if (textOf(given.since) !== '') filter.since = timeOf(node, given.since, 'Filters › From');
	if (textOf(given.until) !== '') filter.until = timeOf(node, given.until, 'Filters › To');
	if (given.timeOf === 'ended') filter.timeOf = 'ended';
	if (given.unreported === true) filter.unreported = true;
	if (given.tests === true) filter.tests = true;
	const kinds = kindsOf(given);
	return kinds.length === 0 ? filter : { ...filter, kinds };
}

function kindsOf({ kinds }: IDataObject): string[] {
	const given = (Array.isArray(kinds) ? kinds : [kinds]).map(textOf).filter((one) => one !== '');
	const unknown = given.find((one) => !DELIVERY_KINDS.some((kind) => kind === one));
	if (unknown === undefined) return given;
	throw new FieldError(
		'Filters › Kinds:',
		`there is no kind "${unknown}"`,
		`One of ${DELIVERY_KINDS.join(', ')}.`,
	);
}

/**
 * Filters of an operation that changes much at once: none at all is taken for an oversight.
 * @throws FieldError
 */
export function readNarrowFilters(
	node: IExecuteFunctions,
	operation: string,
	index: number,
): LogFilter {
	const filter = readFilters(node, operation, index);
	const narrowing = Object.keys(filter).filter((name) => name !== 'tests' && name !== 'timeOf');
	if (narrowing.length > 0) return filter;
	throw new FieldError(
		'Filters:',
		'none is set',
		'Add at least one, so that not everything is meant by mistake. For everything set Name to *.',
	);
}
