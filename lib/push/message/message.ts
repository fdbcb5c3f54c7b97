/** What a tap does (authoring schema of push messages: interaction). */
export const CLICK_TYPES = ['OPENAPP', 'DEEPLINK', 'WEBURL'] as const;
export type ClickType = (typeof CLICK_TYPES)[number];
export const BUTTON_TYPES = [...CLICK_TYPES, 'DISMISS'] as const;
export type ButtonType = (typeof BUTTON_TYPES)[number];

export const VISIBILITIES = ['PUBLIC', 'PRIVATE', 'SECRET'] as const;
export const NOTIFICATION_PRIORITIES = [
	'PRIORITY_MIN',
	'PRIORITY_LOW',
	'PRIORITY_DEFAULT',
	'PRIORITY_HIGH',
	'PRIORITY_MAX',
] as const;

export interface Button {
	/** What an interaction with it is called; its place, from 1, unless given. */
	id?: string;
	label: string;
	type: ButtonType;
	uri?: string;
}

/** A message as an operator composes it; what is absent is left to the preset, then to the provider. */
export interface PushMessage {
	title?: string;
	subtitle?: string;
	body?: string;
	/** URL of an image, or of other media on iOS. */
	image?: string;
	sound?: string;
	badge?: number;
	click?: { type: ClickType; uri?: string };
	buttons?: readonly Button[];
	/** A newer notification with the same one takes an older one's place. */
	collapseKey?: string;
	/** Groups notifications on iOS. */
	thread?: string;
	/** Names a set of actions that an iOS app has. */
	category?: string;
	priority?: 'high' | 'normal';
	timeToLiveSeconds?: number;
	/** Wakes the app without showing anything. */
	silent?: boolean;
	/** Lets an iOS app change the notification before it shows. */
	mutableContent?: boolean;
	/** Android's notification channel. */
	channelId?: string;
	/** An Android resource's name. */
	icon?: string;
	visibility?: (typeof VISIBILITIES)[number];
	notificationPriority?: (typeof NOTIFICATION_PRIORITIES)[number];
	customData?: Readonly<Record<string, unknown>>;
	/** `data`: as the SDK shows it itself; `notification`: as Android shows it by itself. */
	androidStyle?: 'data' | 'notification';
	raw?: RawPayload;
}

/** Payloads that take the place of what is made of the rest. */
export interface RawPayload {
	/** All of what APNs gets. */
	apns?: Readonly<Record<string, unknown>>;
	/** `apns-push-type`; found out from the payload unless given. */
	apnsPushType?: string;
	/** FCM's `message`, without its token. */
	fcm?: Readonly<Record<string, unknown>>;
}

/** A message that cannot be made; says what to mend. */
export class MessageError extends Error {
	override readonly name = 'MessageError';
}

/**
 * Writes a part of a message as JSON.
 * @throws MessageError where it is deeper than JSON can be written
 */
export function toJson(value: unknown): string {
	try {
		return JSON.stringify(value);
	} catch (error) {
		if (!(error instanceof RangeError)) throw error;
		throw new MessageError('The data of the message is nested too deep; flatten it');
	}
}

const LONGEST_TTL_SECONDS = 28 * 24 * 3_600;
const LONGEST_URI = 2_000;
const LONGEST_LABEL = 50;
const MOST_BUTTONS = 4;
/** Apple, apns-collapse-id. */
const LONGEST_COLLAPSE_BYTES = 64;

/** A message on top of the defaults of its channel configuration; custom data is joined. */
export function mergeMessage(defaults: PushMessage, message: PushMessage): PushMessage {
	const given = Object.fromEntries(
		Object.entries(message).filter(([, value]) => value !== undefined && value !== ''),
	) as PushMessage;
	const customData = { ...defaults.customData, ...message.customData };
	return {
		...defaults,
		...given,
		...(Object.keys(customData).length === 0 ? {} : { customData }),
	};
}

/** What is wrong with a message; empty when nothing is. One sentence each, naming the field and the mend. */
export function problemsOf(message: PushMessage): string[] {
	const problems: string[] = [];
	const { timeToLiveSeconds: ttl, collapseKey, badge } = message;
	if (ttl !== undefined && !(Number.isInteger(ttl) && ttl >= 0 && ttl <= LONGEST_TTL_SECONDS)) {
		problems.push(`Time to Live has to be from 0 to ${LONGEST_TTL_SECONDS} seconds (4 weeks)`);
	}
	if (collapseKey && Buffer.byteLength(collapseKey) > LONGEST_COLLAPSE_BYTES) {
		const bytes = Buffer.byteLength(collapseKey);
		problems.push(`Collapse Key has ${bytes} bytes, and ${LONGEST_COLLAPSE_BYTES} are possible`);
	}
	if (badge !== undefined && !(Number.isInteger(badge) && badge >= 0)) {
		problems.push('Badge has to be a whole number from 0 on');
	}
	problems.push(...clickProblems('On Tap', message.click?.type, message.click?.uri));
	const { buttons = [] } = message;
	if (buttons.length > MOST_BUTTONS) {
		problems.push(`${buttons.length} buttons are given, and ${MOST_BUTTONS} are possible`);
	}
	buttons.forEach(({ label, type, uri }, at) => {
		const name = `Button ${at + 1}`;
		if (!label.trim() || label.length > LONGEST_LABEL) {
			problems.push(`${name}: Label has to have 1 to ${LONGEST_LABEL} characters`);
		}
		problems.push(...clickProblems(name, type, uri));
	});
	return problems;
}

/**
 * Refuses a message that would show nothing.
 * @throws MessageError
 */
export function requireText({ title, body, silent }: PushMessage): void {
	if (silent || title?.trim() || body?.trim()) return;
	throw new MessageError('Title and Body are empty; give one, or make the message silent');
}

function clickProblems(
	name: string,
	type: ButtonType | undefined,
	uri: string | undefined,
): string[] {
	if (type === undefined || type === 'OPENAPP' || type === 'DISMISS') return [];
	if (!uri) return [`${name}: a link is needed; give one, or choose to open the app`];
	if (uri.length > LONGEST_URI) {
		return [`${name}: the link has ${uri.length} characters, and ${LONGEST_URI} are possible`];
	}
	const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase();
	if (type === 'WEBURL' && scheme !== 'http' && scheme !== 'https') {
		return [`${name}: the web link has to begin with https://`];
	}
	return scheme === undefined
		? [`${name}: the link has to begin with a scheme, such as app://`]
		: [];
}
