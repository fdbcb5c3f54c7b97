import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';
import { newDeliveryId } from '../../lib/delivery/identifiers';
import type { Delivery } from '../../lib/delivery/delivery';
import { readDelivery } from '../../lib/delivery/deliverySchema';
import { endpointOf } from '../../lib/delivery/endpoint';
import type { SenderInput, SenderResult } from '../../lib/delivery/senderTypes';
import { callbackDeduplicationKey } from '../shared/callbackSending';
import { invalidDelivery, isLeased, isReport, isRetry } from '../shared/deliveryItems';
import { literalOrigins } from '../shared/literalOrigins';
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
		literalOrigins: fromFields ? literalOrigins(context.getNode().parameters.url) : [],
	};

	items.forEach((item, index) => {
		// A retry keeps its id and its bytes, whatever the fields say now.
		const known = isLeased(item) || isRetry(item);
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
			read.invalid.push(invalidDelivery(index, candidate, reading.problems, 'postback'));
			return;
		}
		const { delivery } = reading;
		const key = known
			? ''
			: String(deduplicationKey(index) ?? '') || (callbackDeduplicationKey(delivery) ?? '');
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
