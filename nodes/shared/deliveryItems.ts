import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { DELIVERY_KINDS, type Delivery, type DeliveryKind } from '../../lib/delivery/delivery';
import { carriesDelivery } from '../../lib/delivery/deliverySchema';
import { newDeliveryId } from '../../lib/delivery/identifiers';
import type { SenderResult } from '../../lib/delivery/senderTypes';

const deliveryOf = (json: IDataObject) => fieldsOf(json.delivery);

/** Whether an item is a delivery that a trigger of this package handed over. */
export const isLeased = ({ json }: INodeExecutionData) =>
	carriesDelivery(json) && typeof deliveryOf(json).lease === 'string';

/** Whether an item is a delivery that waits for a retry. */
export const isRetry = ({ json }: INodeExecutionData) =>
	carriesDelivery(json) && deliveryOf(json).status === 'retrying';

/**
 * Whether an item tells of what ended before it reached a sender: in the store, or while a test run was
 * composed. Its request may be none.
 * @param ownRequests the sender makes requests of items, and one may well be about a dead letter
 */
export function isReport({ json }: INodeExecutionData, ownRequests: boolean): boolean {
	const { id, lease, test, status, request } = deliveryOf(json);
	if (status !== 'dead' || typeof id !== 'string') return false;
	const { headers } = fieldsOf(request);
	if (typeof headers !== 'object' || headers === null) return false;
	return typeof lease === 'string' || (test === true && !ownRequests);
}

/** An item that is no delivery, as a dead letter that says what is missing. */
export function invalidDelivery(
	index: number,
	candidate: IDataObject,
	problems: readonly string[],
	otherwise: DeliveryKind,
): SenderResult {
	const { id, kind, name, request } = deliveryOf(candidate);
	const { method, url, headers, body } = fieldsOf(request);
	const message = `Item ${index} is no delivery: ${problems.join('; ')}`;
	const delivery: Delivery = {
		id: textOf(id) || newDeliveryId(),
		kind: DELIVERY_KINDS.find((known) => known === kind) ?? otherwise,
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
	};
	return { index, kind: 'dead', delivery };
}

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): IDataObject {
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
