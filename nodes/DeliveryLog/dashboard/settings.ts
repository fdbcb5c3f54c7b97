import type { IDataObject } from 'n8n-workflow';
import { readQuery, textOf, type DashboardQuery } from '../../../lib/dashboard';
import type { LogFilter } from '../../../lib/store/log/filter';
import { FieldError } from '../errors';
import { collectionOf, numberOf } from '../fields';
import { readFilters } from '../filterFields';
import type { OperationContext } from '../operation';
import { NAME } from '../operations/dashboard.properties';

const DEFAULTS = { title: 'Deliveries', rows: 25, countAtMost: 100_000, expiresDays: 7 };

/** What the node's fields and the request say of a page. */
export interface PageSettings {
	query: DashboardQuery;
	/** The fields of the form that was sent; none when a page is only asked for. */
	form: Readonly<Record<string, unknown>>;
	/** What the node's filters leave to this page, whatever its query says. */
	fixed: LogFilter;
	/** The fixed filter and that of the query, without states and times. */
	filter: LogFilter;
	actions: boolean;
	mayShowPersonal: boolean;
	title: string;
	rows: number;
	countAtMost: number;
	/** How long a replayed delivery lives. */
	expiresMs: number;
	timeZone: string;
}

const DAY = 24 * 3_600_000;

/** @throws FieldError */
export function readPageSettings({ node }: OperationContext, index: number): PageSettings {
	const given = readQuery(objectOf(node.getNodeParameter('dashboardQuery', index, {}), 'Query'));
	const fixed = readFilters(node, NAME, index);
	const options = {
		...DEFAULTS,
		...collectionOf(node, 'dashboardOptions', index),
	} as typeof DEFAULTS & IDataObject;
	const mayShowPersonal = options.personal === true;
	const { personal, ...rest } = given;
	const query: DashboardQuery = { ...rest, ...(mayShowPersonal && personal ? { personal } : {}) };
	const { queue, endpoint, name, reason } = query;
	return {
		query,
		form: objectOf(node.getNodeParameter('dashboardForm', index, {}), 'Form'),
		fixed,
		// What the node sets goes before what the request asks for.
		filter: withoutUndefined({ queue, endpoint, name, reason, ...fixed }),
		actions: node.getNodeParameter('dashboardActions', index, true) === true,
		mayShowPersonal,
		title: textOf(options.title) || DEFAULTS.title,
		rows: Math.min(200, Math.floor(numberOf(options.rows, 'Options › Rows per Page', 1))),
		countAtMost: numberOf(options.countAtMost, 'Options › Count at Most', 1),
		expiresMs: Math.round(
			numberOf(options.expiresDays, 'Options › Replays Expire After (Days)', 0) * DAY,
		),
		timeZone: node.getTimezone(),
	};
}

/** A query or a form as the Webhook node gives it; nothing given is an empty one. */
function objectOf(value: unknown, label: string): Readonly<Record<string, unknown>> {
	const given: unknown = typeof value === 'string' && value.trim() !== '' ? parsed(value) : value;
	if (given === undefined || given === null || given === '') return {};
	if (typeof given === 'object' && !Array.isArray(given)) return given as Record<string, unknown>;
	throw new FieldError(
		label,
		'is no object',
		`Give what the Webhook node gives: {{ $json.${label === 'Query' ? 'query' : 'body'} }}.`,
	);
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}

const withoutUndefined = (filter: LogFilter): LogFilter =>
	Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
