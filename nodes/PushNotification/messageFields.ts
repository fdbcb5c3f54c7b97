import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
} from 'n8n-workflow';
import type { Button, PushMessage, TrackingSettings } from '../../lib/push';
import { fieldsOf } from '../shared/deliveryItems';
import { itemReader } from '../shared/parameters';

/**
 * Reads the message of each item. What holds no expression is read once, whatever the number of items.
 * @throws NodeOperationError (when asked for an item) that names a field which cannot be read
 */
export function messageReader(context: IExecuteFunctions): (index: number) => PushMessage {
	const node = context.getNode();
	const read = (name: string, otherwise: unknown) => itemReader(context, name, otherwise);
	const [title, body] = [read('title', ''), read('body', '')];
	const [further, buttons] = [read('message', {}), read('buttons', {})];
	const isRaw = context.getNodeParameter('rawPayload', 0, false) === true;
	const [rawApns, rawFcm, pushType] = [
		read('rawApns', ''),
		read('rawFcm', ''),
		read('rawApnsPushType', ''),
	];
	return (index) => {
		const message: PushMessage = {
			...furtherFields(node, fieldsOf(further(index)), `Item ${index}: Message Fields`),
		};
		if (textOf(title(index))) message.title = textOf(title(index));
		if (textOf(body(index))) message.body = textOf(body(index));
		const listed = buttonsOf(fieldsOf(buttons(index)));
		if (listed.length > 0) message.buttons = listed;
		if (isRaw) {
			message.raw = {
				...jsonField(node, 'apns', rawApns(index), `Item ${index}: APNs Payload`),
				...jsonField(node, 'fcm', rawFcm(index), `Item ${index}: FCM Message`),
				...(textOf(pushType(index)) ? { apnsPushType: textOf(pushType(index)) } : {}),
			};
		}
		return message;
	};
}

/** The preset of the channel configuration. @throws NodeOperationError that names the field */
export function presetOf(context: IExecuteFunctions): PushMessage {
	const preset = context.getNodeParameter('preset', 0, {}) as IDataObject;
	return furtherFields(context.getNode(), preset, 'Message Preset');
}

/** What a message is sent for; undefined: nothing is tracked. */
export function trackingOf(context: IExecuteFunctions): TrackingSettings | undefined {
	if (context.getNodeParameter('trackingData', 0, false) !== true) return undefined;
	const fields = context.getNodeParameter('tracking', 0, {}) as IDataObject;
	return Object.fromEntries(
		Object.entries(fields)
			.map(([name, value]) => [name, textOf(value)])
			.filter(([, value]) => value !== ''),
	) as TrackingSettings;
}

function furtherFields(node: INode, fields: IDataObject, where: string): PushMessage {
	const { customData, clickType, uri, badge, timeToLiveSeconds, ...rest } = fields;
	const link = textOf(uri);
	return {
		...(rest as PushMessage),
		...numbersOf(node, { badge, timeToLiveSeconds }, where),
		...(clickType ? { click: { type: clickType, ...(link ? { uri: link } : {}) } } : {}),
		...jsonField(node, 'customData', customData, `${where} › Custom Data`),
	} as PushMessage;
}

const LABELS: Record<string, string> = {
	badge: 'Badge',
	timeToLiveSeconds: 'Time to Live (Seconds)',
};

/** An expression can give anything. */
function numbersOf(node: INode, fields: IDataObject, where: string): Record<string, number> {
	const numbers: Record<string, number> = {};
	for (const [name, value] of Object.entries(fields)) {
		if (value === undefined || value === '' || value === null) continue;
		const number = Number(value);
		if (!Number.isFinite(number)) {
			throw new NodeOperationError(
				node,
				`${where} › ${LABELS[name]}: ${JSON.stringify(value)} is no number`,
			);
		}
		numbers[name] = number;
	}
	return numbers;
}

function buttonsOf({ button }: IDataObject): Button[] {
	return (Array.isArray(button) ? (button as IDataObject[]) : []).map(
		({ label, type, uri, id }) =>
			({
				label: textOf(label),
				type: textOf(type),
				...(textOf(uri) ? { uri: textOf(uri) } : {}),
				...(textOf(id) ? { id: textOf(id) } : {}),
			}) as Button,
	);
}

/** JSON comes as it is from an expression and as text from the field. */
function jsonField(
	node: INode,
	name: string,
	value: unknown,
	where: string,
): Record<string, IDataObject> {
	if (value === undefined || value === null || value === '') return {};
	let parsed: unknown = value;
	if (typeof value === 'string') {
		if (value.trim() === '') return {};
		try {
			parsed = JSON.parse(value) as unknown;
		} catch (error) {
			const { message } = error as Error;
			throw new NodeOperationError(node, `${where} is no valid JSON: ${message}`);
		}
	}
	if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
		throw new NodeOperationError(node, `${where} has to be a JSON object`);
	}
	const json = parsed as IDataObject;
	return Object.keys(json).length === 0 ? {} : { [name]: json };
}

const textOf = (value: unknown) =>
	typeof value === 'string' || typeof value === 'number' ? String(value) : '';
