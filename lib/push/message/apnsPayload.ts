import { MessageError, requireText, toJson, type PushMessage } from './message';
import { checkSize } from './payload';

export interface ApnsPayload {
	body: string;
	headers: Record<string, string>;
}

export interface ApnsPayloadContext {
	/** The app's bundle id. */
	topic: string;
	/** A UUID, the same over all attempts. */
	apnsId: string;
	/** `_xdm`. */
	tracking?: Readonly<Record<string, unknown>>;
	/** Epoch milliseconds; the time to live counts from then on. */
	now: number;
}

/** What follows the bundle id in the topic, by push type (Apple, apns-topic). */
const TOPIC_ENDINGS: Readonly<Record<string, string>> = {
	voip: '.voip',
	complication: '.complication',
	fileprovider: '.pushkit.fileprovider',
	liveactivity: '.push-type.liveactivity',
	location: '.location-query',
	pushtotalk: '.voip-ptt',
	widgets: '.push-type.widgets',
	controls: '.push-type.controls',
};

const RESERVED = new Set(['aps', '_xdm']);

/**
 * What APNs gets for a message: the payload as the mobile SDK reads it, and the headers (Apple,
 * "Generating a remote notification"; SDK's payload keys).
 * @throws MessageError when it cannot be made or is too long
 */
export function apnsPayload(message: PushMessage, context: ApnsPayloadContext): ApnsPayload {
	const { raw } = message;
	const payload = raw?.apns ?? composed(message);
	const { tracking, topic, apnsId, now } = context;
	const complete = tracking ? { ...payload, _xdm: tracking } : payload;
	const pushType = raw?.apnsPushType || (raw?.apns ? typeOf(raw.apns) : typeOfMessage(message));
	const body = toJson(complete);
	checkSize('APNs', Buffer.byteLength(body), pushType);
	const { priority, timeToLiveSeconds: ttl, collapseKey } = message;
	const headers: Record<string, string> = {
		'apns-id': apnsId,
		'apns-topic': topic + (TOPIC_ENDINGS[pushType] ?? ''),
		'apns-push-type': pushType,
	};
	// APNs refuses background notifications of high priority; without a word it takes the high one.
	if (pushType === 'background') headers['apns-priority'] = '5';
	else if (priority !== undefined) headers['apns-priority'] = priority === 'high' ? '10' : '5';
	// 0: APNs tries once and keeps nothing.
	if (ttl === 0) headers['apns-expiration'] = '0';
	else if (ttl !== undefined) headers['apns-expiration'] = String(Math.floor(now / 1_000) + ttl);
	if (collapseKey) headers['apns-collapse-id'] = collapseKey;
	return { body, headers };
}

function composed(message: PushMessage): Record<string, unknown> {
	requireText(message);
	const { silent, image, click, buttons = [], customData = {} } = message;
	const reserved = Object.keys(customData).find((key) => RESERVED.has(key));
	if (reserved !== undefined) {
		throw new MessageError(`Custom Data: "${reserved}" is reserved; choose another key`);
	}
	if (silent) return { aps: { 'content-available': 1 }, ...customData };
	// What is undefined is left out when it becomes JSON.
	return {
		aps: shown(message),
		adb_media: image || undefined,
		adb_a_type: click?.type,
		adb_uri: click?.uri || undefined,
		adb_act: buttons.length === 0 ? undefined : buttons.map(toAction),
		...customData,
	};
}

function shown(message: PushMessage): Record<string, unknown> {
	const { title, subtitle, body, sound, badge, category, thread, mutableContent, image } = message;
	// An image is fetched by the app's extension, which only then gets its turn.
	const isMutable = mutableContent || (image && mutableContent !== false);
	return {
		alert: {
			title: title || undefined,
			subtitle: subtitle || undefined,
			body: body || undefined,
		},
		sound: sound || undefined,
		category: category || undefined,
		badge,
		'thread-id': thread || undefined,
		'mutable-content': isMutable ? 1 : undefined,
	};
}

function toAction(
	{ id, label, type, uri }: NonNullable<PushMessage['buttons']>[number],
	at: number,
) {
	return { aid: id || String(at + 1), label, type, uri: uri || undefined };
}

const typeOfMessage = ({ silent }: PushMessage) => (silent ? 'background' : 'alert');

function typeOf(payload: Readonly<Record<string, unknown>>): string {
	const aps = payload.aps;
	if (typeof aps !== 'object' || aps === null) return 'alert';
	const isShown = ['alert', 'sound', 'badge'].some((key) => Object.hasOwn(aps, key));
	return !isShown && Object.hasOwn(aps, 'content-available') ? 'background' : 'alert';
}
