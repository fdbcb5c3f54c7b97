import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import { scheduleSpanMs } from '../../lib/delivery/policy';
import { AGE_BEYOND_SCHEDULE_MS } from '../../lib/delivery/sender';
import {
	attempt,
	DestinationError,
	listed,
	readDestination,
	readEndpoint,
	readHeaders,
	readQuery,
	type Destination,
	type DestinationSettings,
	type ExportRequest,
	type InputKind,
} from '../../lib/profiles';
import type { HttpSender } from '../shared/httpSender';
import { numberOption } from '../shared/parameters';

/** The id of a node's destination: what is known of its profiles goes by it. */
export const destinationId = (workflowId: string | undefined, nodeId: string) =>
	`${workflowId ?? 'unsaved'}/${nodeId}`;

/**
 * Reads how a destination is set up, each parameter once: an expression in one of them is evaluated for the
 * first item.
 * @throws NodeOperationError that names each field that is wrong and how to mend it
 */
export function readSettings(
	context: IExecuteFunctions,
	sender: HttpSender,
	options: IDataObject,
): Destination {
	const problems: string[] = [];
	const id = destinationId(context.getWorkflow().id, context.getNode().id);
	const settings: DestinationSettings = {
		...readFields(context, problems),
		request: readRequest(context, sender, problems),
		queue: sender.queue,
		supersede: options.supersede !== false,
		keepSnapshots: options.keepSnapshots !== false,
		maxAgeMs: maxAgeOf(context, sender, options),
		requestsPerSecond: sender.requestsPerSecond,
	};
	const means = { clock: systemClock, random: Math.random };
	const destination = attempt(problems, () => readDestination(id, settings, means));
	if (destination && problems.length === 0) return destination;
	throw setupError(context, problems);
}

function readFields(
	context: IExecuteFunctions,
	problems: string[],
): Omit<
	DestinationSettings,
	'request' | 'queue' | 'supersede' | 'keepSnapshots' | 'maxAgeMs' | 'requestsPerSecond'
> {
	const parameter = (name: string, otherwise: unknown) =>
		context.getNodeParameter(name, 0, otherwise) as unknown;
	const text = (name: string) => String(parameter(name, '') ?? '');
	const isOn = (name: string, otherwise: boolean) => parameter(name, otherwise) === true;
	const { id: workflowId } = context.getWorkflow();
	return {
		name: text('destinationName').trim() || context.getNode().name,
		input: inputOf(text('input'), problems),
		profileKey: text('profileKey'),
		...readMapping(parameter, problems),
		payload: {
			includeNames: isOn('includeNames', false),
			includeTimestamps: isOn('includeTimestamps', false),
			currentDocumentation: text('rules') === 'current',
		},
		...(text('payload') === 'jsonata' ? { jsonata: text('jsonata') } : {}),
		profilesPerRequest: Number(parameter('profilesPerRequest', 1)),
		order: isOn('keepOrder', true),
		...(workflowId === undefined ? {} : { workflowId }),
	};
}

const INPUTS: readonly InputKind[] = ['always', 'events', 'snapshots'];

function inputOf(chosen: string, problems: string[]): InputKind {
	const input = INPUTS.find((one) => one === (chosen || 'snapshots'));
	if (input === undefined) problems.push(`Input: "${chosen}" is not known`);
	return input ?? 'snapshots';
}

function readMapping(
	parameter: (name: string, otherwise: unknown) => unknown,
	problems: string[],
): Pick<DestinationSettings, 'audiences' | 'attributes'> {
	if (parameter('mappingFrom', 'fields') === 'lists') {
		return {
			audiences: listIn(parameter('audienceList', []), 'Mapped Audiences', problems),
			attributes: listIn(parameter('attributeList', []), 'Mapped Attributes', problems),
		};
	}
	const { audience = [] } = (parameter('audiences', {}) ?? {}) as IDataObject;
	return { audiences: audience, attributes: parameter('attributes', []) };
}

/** A list comes as it is from an expression and as text from the field. */
function listIn(value: unknown, field: string, problems: string[]): unknown {
	if (typeof value !== 'string') return value;
	if (value.trim() === '') return [];
	try {
		return JSON.parse(value);
	} catch (error) {
		problems.push(`${field}: is no valid JSON: ${(error as Error).message}`);
		return [];
	}
}

function readRequest(
	context: IExecuteFunctions,
	{ headerNames }: HttpSender,
	problems: string[],
): ExportRequest {
	const parameter = (name: string, otherwise: unknown) =>
		context.getNodeParameter(name, 0, otherwise) as unknown;
	const entries = (name: string) => ((parameter(name, {}) ?? {}) as IDataObject).entries;
	const headers = attempt(problems, () =>
		readHeaders(parameter('headersText', ''), entries('headers'), headerNames),
	);
	const query = attempt(problems, () => readQuery(parameter('queryText', ''), entries('query')));
	const url = attempt(problems, () => readEndpoint(parameter('endpoint', ''), query));
	const method = String(parameter('method', 'POST')).trim().toUpperCase();
	if (!/^(?:DELETE|GET|PATCH|POST|PUT)$/.test(method)) {
		problems.push('HTTP Method: must be DELETE, GET, PATCH, POST or PUT');
	}
	return { method, url: url ?? '', headers: headers ?? {} };
}

function maxAgeOf(
	context: IExecuteFunctions,
	{ policyOf }: HttpSender,
	options: IDataObject,
): number {
	const hours = numberOption(
		context.getNode(),
		options,
		['giveUpHours', 'Give Up After (Hours)'],
		0,
	);
	if (hours > 0) return hours * 3_600_000;
	return scheduleSpanMs(policyOf({ kind: 'profile' })) + AGE_BEYOND_SCHEDULE_MS;
}

function setupError(context: IExecuteFunctions, problems: readonly string[]): NodeOperationError {
	const { message } = new DestinationError(problems);
	if (problems.length === 1) return new NodeOperationError(context.getNode(), message);
	return new NodeOperationError(
		context.getNode(),
		`${problems.length} fields of the destination are not right`,
		{ description: listed(problems).join('\n') },
	);
}
