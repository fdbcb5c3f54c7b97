import { MessageError, requireText, toJson, type PushMessage } from './message';
import { checkSize, present } from './payload';

export interface FcmPayloadContext {
	token: string;
	/** `_xdm`. */
	tracking?: Readonly<Record<string, unknown>>;
}

/** FCM, "data": neither these nor what begins like that. */
const RESERVED = new Set(['from', 'message_type', 'collapse_key', '_xdm']);
const RESERVED_BEGINNING = /^(?:google\.|gcm\.)/;

type Json = Record<string, unknown>;

/**
 * What FCM HTTP v1 gets for a message: a data message that the mobile SDK shows, or a notification that
 * Android shows by itself (SDK's payload keys; FCM, projects.messages).
 * @returns the request's body
 * @throws MessageError when it cannot be made or is too long
 */
export function fcmPayload(message: PushMessage, { token, tracking }: FcmPayloadContext): string {
	const raw = message.raw?.fcm;
	const made = raw ? rawMessage(raw, tracking) : { android: androidOf(message, tracking) };
	checkSize('FCM', sizeOf(made));
	return toJson({ message: { token, ...made } });
}

function rawMessage(raw: Readonly<Json>, tracking: Readonly<Json> | undefined): Json {
	for (const target of ['token', 'topic', 'condition']) {
		if (Object.hasOwn(raw, target)) {
			throw new MessageError(
				`Raw Payload (FCM): "${target}" is set for each device; leave it out of the message`,
			);
		}
	}
	if (!tracking) return { ...raw };
	return { ...raw, data: { ...(raw.data as Json | undefined), _xdm: toJson(tracking) } };
}

function androidOf(message: PushMessage, tracking: Readonly<Json> | undefined): Json {
	requireText(message);
	const { priority, timeToLiveSeconds: ttl, collapseKey, silent, androidStyle } = message;
	const isNotification = !silent && androidStyle === 'notification';
	const data = {
		...(silent ? {} : isNotification ? tapData(message) : shownData(message)),
		...customDataOf(message),
		...(tracking ? { _xdm: toJson(tracking) } : {}),
	};
	return present({
		priority,
		ttl: ttl === undefined ? undefined : `${ttl}s`,
		notification: isNotification ? notificationOf(message) : undefined,
		data: Object.keys(data).length === 0 ? undefined : data,
		collapse_key: collapseKey || undefined,
	});
}

/** What the SDK shows a notification from. FCM takes strings only, and so buttons travel as JSON. */
function shownData(message: PushMessage): Json {
	const { title, body, sound, badge, notificationPriority, visibility, channelId } = message;
	return present({
		adb_title: title || undefined,
		adb_body: body || undefined,
		adb_sound: sound || undefined,
		adb_n_count: badge === undefined ? undefined : String(badge),
		adb_n_priority: notificationPriority,
		adb_n_visibility: visibility,
		adb_channel_id: channelId || undefined,
		adb_icon: message.icon || undefined,
		adb_image: message.image || undefined,
		...tapData(message),
	});
}

function tapData({ click, buttons = [] }: PushMessage): Json {
	const actions = buttons.map(({ label, uri, type }) =>
		present({ label, uri: uri || undefined, type }),
	);
	return present({
		adb_a_type: click?.type,
		adb_uri: click?.uri || undefined,
		adb_act: actions.length === 0 ? undefined : toJson(actions),
	});
}

/** AndroidNotification of FCM HTTP v1. */
function notificationOf(message: PushMessage): Json {
	const { title, body, icon, sound, image, badge, channelId } = message;
	const { notificationPriority, visibility } = message;
	return present({
		title: title || undefined,
		body: body || undefined,
		icon: icon || undefined,
		sound: sound || undefined,
		visibility,
		channel_id: channelId || undefined,
		image: image || undefined,
		notification_count: badge,
		notification_priority: notificationPriority,
	});
}

function customDataOf({ customData = {} }: PushMessage): Record<string, string> {
	return Object.fromEntries(
		Object.entries(customData).map(([key, value]) => {
			if (RESERVED.has(key) || RESERVED_BEGINNING.test(key)) {
				throw new MessageError(`Custom Data: "${key}" is reserved by FCM; choose another key`);
			}
			return [key, typeof value === 'string' ? value : toJson(value ?? '')];
		}),
	);
}

/** What FCM's limit is about: the notification and the data, not the addressing around it. */
function sizeOf(message: Json): number {
	const android = (message.android ?? {}) as Json;
	const counted = present({
		notification: message.notification ?? android.notification,
		data: message.data ?? android.data,
		apns: message.apns,
		webpush: message.webpush,
	});
	return Object.keys(counted).length === 0 ? 0 : Buffer.byteLength(toJson(counted));
}
