import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';
import { newDeliveryId } from '../../lib/delivery/identifiers';
import { DELIVERY_KINDS, type Delivery } from '../../lib/delivery/delivery';
import { readDelivery } from '../../lib/delivery/deliverySchema';
import { endpointOf } from '../../lib/delivery/endpoint';
import type { SenderInput, SenderResult } from '../../lib/delivery/senderTypes';
import { itemReader } from '../shared/parameters';

export interface ReadItems {
	inputs: SenderInput[];
	/** Items that cannot be sent, as dead letters that say what is missing. */
	invalid: SenderResult[];
	/** Origins that stand literally in the node. */
	literalOrigins: string[];
}

/**
 * Reads the items of a sender: deliveries, or a request for each item from the node's fields.
 * @throws NodeOperationError when no item at all is a delivery: then the workflow is set up wrongly
 */
export function readItems(context: IExecuteFunctions): ReadItems {
	const items = context.getInputData();
	const fromFields = context.getNodeParameter('source', 0) === 'fields';
	const deduplicationKey = itemReader(context, 'options.deduplicationKey', '');
	const makeRequest = fromFields ? fieldReader(context) : undefined;
	const read: ReadItems = {
		inputs: [],
		invalid: [],
		literalOrigins: literalOrigins(context, fromFields),
	};

	items.forEach((item, index) => {
		const leased = isLeased(item);
		// A retry keeps its id and its bytes, whatever the fields say now.
		const known = leased || statusOf(item) === 'retrying';
		const made = makeRequest && !known ? makeRequest(index, item) : undefined;
		const candidate = made ? { delivery: made as unknown as IDataObject } : item.json;
		if (isReport(item, fromFields)) {
			// It ended outside a sender and comes to be reported; perhaps since its request cannot be one.
			read.inputs.push({
				index,
				delivery: item.json.delivery as unknown as Delivery,
				endpoint: '',
			});
			return;
		}
		const reading = readDelivery(candidate);
		if (!reading.ok) {
			read.invalid.push(invalid(index, candidate, reading.problems));
			return;
		}
		const { delivery } = reading;
		const key = known ? '' : String(deduplicationKey(index) ?? '');
		const endpoint = endpointOf(delivery.request.url);
		read.inputs.push({
			index,
			delivery,
			endpoint,
			...(key === '' ? {} : { deduplicationKey: key }),
		});
	});

	if (read.inputs.length === 0 && read.invalid.length > 0 && !fromFields) {
		throw new NodeOperationError(context.getNode(), 'No item is a delivery', {
			itemIndex: read.invalid[0].index,
			description: `Item ${read.invalid[0].index}: ${read.invalid[0].delivery.error?.message}. Connect a trigger of this package, or set Send to "A Request From the Fields Below".`,
		});
	}
	return read;
}

const deliveryOf = (json: IDataObject) => fieldsOf(json.delivery);

const isLeased = ({ json }: INodeExecutionData) => typeof deliveryOf(json).lease === 'string';

const statusOf = ({ json }: INodeExecutionData) => deliveryOf(json).status;

/** What ended before it reached a sender: in the store, or while a test run was composed. */
function isReport({ json }: INodeExecutionData, fromFields: boolean): boolean {
	const { id, lease, test, status, request } = deliveryOf(json);
	if (status !== 'dead' || typeof id !== 'string') return false;
	const { headers } = fieldsOf(request);
	if (typeof headers !== 'object' || headers === null) return false;
	// A request from the fields may well be about a dead letter.
	return typeof lease === 'string' || (test === true && !fromFields);
}

function invalid(index: number, candidate: IDataObject, problems: string[]): SenderResult {
	const { id, kind, name, request } = deliveryOf(candidate);
	const { method, url, headers, body } = fieldsOf(request);
	const message = `Item ${index} is no delivery: ${problems.join('; ')}`;
	return {
		index,
		kind: 'dead',
		delivery: {
			id: textOf(id) || newDeliveryId(),
			kind: DELIVERY_KINDS.find((known) => known === kind) ?? 'postback',
			name: textOf(name),
			request: {
				method: textOf(method) || 'GET',
				url: textOf(url),
				headers: textsOf(headers),
				...(typeof body === 'string' ? { body } : {}),
			},
			attempt: 0,
			status: 'dead',
			reason: 'invalid delivery',
			error: { code: 'INVALID_DELIVERY', message },
		},
	};
}

function fieldsOf(value: unknown): IDataObject {
	const isFields = typeof value === 'object' && value !== null && !Array.isArray(value);
	return isFields ? (value as IDataObject) : {};
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

function textsOf(value: unknown): Record<string, string> {
	const texts = Object.entries(fieldsOf(value)).filter(
		(entry): entry is [string, string] => typeof entry[1] === 'string',
	);
	return Object.fromEntries(texts);
}

/** An origin stands literally in the node when its URL is no expression up to the path. */
function literalOrigins(context: IExecuteFunctions, fromFields: boolean): string[] {
	if (!fromFields) return [];
	const url = String(context.getNode().parameters.url ?? '');
	const literal = url.startsWith('=') ? url.slice(1).split('{{')[0] : url;
	const origin = /^https?:\/\/[^/?#{}\\\s]+(?=[/?#]|$)/i.exec(literal)?.[0];
	// Without a path after it, an expression could go on with the host's name.
	if (!origin || (url.includes('{{') && literal === origin)) return [];
	if (!URL.canParse(origin)) return [];
	return [new URL(origin).origin];
}

function fieldReader(context: IExecuteFunctions) {
	const method = itemReader(context, 'method', 'POST');
	const url = itemReader(context, 'url', '');
	const bodyFrom = context.getNodeParameter('bodyFrom', 0, 'item') as string;
	const body = itemReader(context, 'body', '');
	const contentType = itemReader(context, 'contentType', 'application/json');
	const headers = itemReader(context, 'headers', {});
	const messageName = itemReader(context, 'messageName', '');
	const nodeName = context.getNode().name;
	return (index: number, item: INodeExecutionData): Delivery => {
		const text =
			bodyFrom === 'item'
				? JSON.stringify(item.json)
				: bodyFrom === 'text'
					? asText(body(index))
					: '';
		const sent: Record<string, string> = {};
		const type = text === '' ? '' : asText(contentType(index));
		if (type !== '') sent['content-type'] = type;
		const list = ((headers(index) as IDataObject).header ?? []) as {
			name: string;
			value: unknown;
		}[];
		for (const { name, value } of list) if (name) sent[name] = asText(value);
		return {
			id: newDeliveryId(),
			kind: 'callback',
			name: String(messageName(index) || nodeName),
			request: {
				method: asText(method(index)),
				url: asText(url(index)).trim(),
				headers: sent,
				...(text === '' ? {} : { body: text }),
			},
			attempt: 0,
			status: 'pending',
		};
	};
}

const asText = (value: unknown) =>
	typeof value === 'string'
		? value
		: value === undefined || value === null
			? ''
			: JSON.stringify(value);
