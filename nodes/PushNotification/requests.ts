import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Delivery } from '../../lib/delivery/delivery';
import { carriesDelivery, readDelivery } from '../../lib/delivery/deliverySchema';
import { endpointOf } from '../../lib/delivery/endpoint';
import type { SenderInput, SenderResult } from '../../lib/delivery/senderTypes';
import {
	isPlatform,
	type Composition,
	type PushRequest,
	type Target,
	type TokenTarget,
	type Variables,
} from '../../lib/push';
import { fieldsOf, invalidDelivery, isReport } from '../shared/deliveryItems';
import { listOf } from '../shared/lists';
import { itemReader } from '../shared/parameters';
import { messageReader } from './messageFields';

/** The items of a sender of notifications, by what they are. */
export interface PushItems {
	/** Notifications that come back to be sent. */
	inputs: SenderInput[];
	/** Items that look like deliveries and are none, as dead letters. */
	invalid: SenderResult[];
	/** Deliveries that another node has to send. */
	foreign: SenderResult[];
	requests: PushRequest<Composition>[];
}

/** Sorts a node's items: deliveries that come back, and requests to send a message. */
export function sortItems(context: IExecuteFunctions): PushItems {
	const sorted: PushItems = { inputs: [], invalid: [], foreign: [], requests: [] };
	const message = messageReader(context);
	const targetOf = targetReader(context);
	context.getInputData().forEach((item, index) => {
		if (carriesDelivery(item.json)) return sortDelivery(item, index, sorted);
		const variables = item.json as Variables;
		sorted.requests.push({
			index,
			target: targetOf(index, item),
			message: { message: message(index), variables },
		});
	});
	return sorted;
}

function sortDelivery(item: INodeExecutionData, index: number, sorted: PushItems): void {
	if (isReport(item, false)) {
		const delivery = item.json.delivery as unknown as Delivery;
		sorted.inputs.push({ index, delivery, endpoint: '' });
		return;
	}
	const reading = readDelivery(item.json);
	if (!reading.ok) {
		sorted.invalid.push(invalidDelivery(index, item.json, reading.problems, 'push'));
		return;
	}
	const { delivery } = reading;
	if (delivery.kind !== 'push') sorted.foreign.push({ index, kind: 'passed', delivery });
	else sorted.inputs.push({ index, delivery, endpoint: endpointOf(delivery.request.url) });
}

function targetReader(
	context: IExecuteFunctions,
): (index: number, item: INodeExecutionData) => Target {
	const text = (name: string) => {
		const read = itemReader(context, name, '');
		return (index: number) => String(read(index) ?? '').trim();
	};
	switch (context.getNodeParameter('sendTo', 0, 'profile')) {
		case 'devices': {
			const field = text('devicesField');
			return (index, { json }) => ({ tokens: devicesIn(valueAt(json, field(index))) });
		}
		case 'tokens': {
			const [platform, tokens] = [text('platform'), text('tokens')];
			return (index) => ({ tokens: tokensOf(platform(index), tokens(index)) });
		}
		default: {
			const profileKey = text('profileKey');
			return (index) => (profileKey(index) === '' ? {} : { profileKey: profileKey(index) });
		}
	}
}

function tokensOf(platform: string, tokens: string): TokenTarget[] {
	return isPlatform(platform) ? listOf(tokens).map((token) => ({ platform, token })) : [];
}

/** Devices in the shape of the profile schema, one or several. */
function devicesIn(value: unknown): TokenTarget[] {
	const listed = Array.isArray(value) ? value : value === undefined ? [] : [value];
	return listed.flatMap((one): TokenTarget[] => {
		const device = fieldsOf(one);
		const field = (name: string) => device[name] ?? device[`xdm:${name}`];
		const platform = field('platform');
		if (!isPlatform(platform) || field('denylisted') === true) return [];
		const appId = field('appID') ?? field('appId');
		return [
			{
				platform,
				token: String(field('token') ?? ''),
				...(typeof appId === 'string' ? { appId } : {}),
			},
		];
	});
}

/** Reads `body.devices`; an own name with a dot in it goes before. */
function valueAt(json: INodeExecutionData['json'], path: string): unknown {
	if (path === '' || Object.hasOwn(json, path)) return path === '' ? json : json[path];
	return path.split('.').reduce<unknown>((value, name) => fieldsOf(value)[name], json);
}
