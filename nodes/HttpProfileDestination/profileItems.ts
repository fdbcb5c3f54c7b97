import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Delivery } from '../../lib/delivery/delivery';
import { carriesDelivery, readDelivery } from '../../lib/delivery/deliverySchema';
import { endpointOf } from '../../lib/delivery/endpoint';
import type { SenderInput, SenderResult } from '../../lib/delivery/senderTypes';
import type { ProfileInput } from '../../lib/profiles';
import { fieldsOf, invalidDelivery, isReport } from '../shared/deliveryItems';

/** The items of a destination, by what they are. */
export interface ProfileItems {
	/** Exports that come back to be sent. */
	inputs: SenderInput[];
	/** Items that look like deliveries and are none, as dead letters. */
	invalid: SenderResult[];
	/** Deliveries that another node has to send. */
	foreign: SenderResult[];
	/** How many profiles there are. */
	count: number;
	/** The profiles; made anew by each call. */
	profiles: () => Iterable<ProfileInput>;
}

export interface ProfileFields {
	/** Where in an item the profile is; empty: it is the item. */
	profile: string;
	/** Where what changed is listed; undefined where the input is no events. */
	changed?: string;
}

/** Sorts a node's items. Evaluates no expression, whatever their number. */
export function sortItems(context: IExecuteFunctions, fields: ProfileFields): ProfileItems {
	const items = context.getInputData();
	const sorted: ProfileItems = {
		inputs: [],
		invalid: [],
		foreign: [],
		count: items.length,
		profiles: () => profilesOf(items, others, fields),
	};
	const others = new Set<number>();
	items.forEach((item, index) => {
		if (!isDelivery(item)) return;
		others.add(index);
		sortDelivery(item, index, sorted);
	});
	sorted.count -= others.size;
	return sorted;
}

/** A profile may have an attribute of this name, but a delivery has no identities. */
function isDelivery({ json }: INodeExecutionData): boolean {
	return json.identityMap === undefined && carriesDelivery(json);
}

function sortDelivery(item: INodeExecutionData, index: number, sorted: ProfileItems): void {
	if (isReport(item, false)) {
		const delivery = item.json.delivery as unknown as Delivery;
		sorted.inputs.push({ index, delivery, endpoint: '' });
		return;
	}
	const reading = readDelivery(item.json);
	if (!reading.ok) {
		sorted.invalid.push(invalidDelivery(index, item.json, reading.problems, 'profile'));
		return;
	}
	const { delivery } = reading;
	if (delivery.kind !== 'profile') sorted.foreign.push({ index, kind: 'passed', delivery });
	else sorted.inputs.push({ index, delivery, endpoint: endpointOf(delivery.request.url) });
}

function* profilesOf(
	items: readonly INodeExecutionData[],
	others: ReadonlySet<number>,
	fields: ProfileFields,
): Iterable<ProfileInput> {
	const profileAt = readerOf(fields.profile);
	const changedAt = fields.changed === undefined ? undefined : readerOf(fields.changed);
	for (let index = 0; index < items.length; index++) {
		if (others.has(index)) continue;
		const { json } = items[index];
		const input: ProfileInput = { index, profile: profileAt(json) };
		if (changedAt) input.changed = changedAt(json);
		yield input;
	}
}

/** Reads `body.profile`; an own name with a dot in it goes before. */
function readerOf(path: string): (json: IDataObject) => unknown {
	const trimmed = path.trim();
	if (trimmed === '') return (json) => json;
	const names = trimmed.split('.');
	return (json) => {
		if (Object.hasOwn(json, trimmed)) return json[trimmed];
		let value: unknown = json;
		for (const name of names) value = fieldsOf(value)[name];
		return value;
	};
}
