import { createHash } from 'node:crypto';
import { PUSH_CHANNEL } from './feedback';
import { isPlatform, type Platform, type Provider } from './platforms';

/** What somebody did with a notification, or that a device has it (push tracking event). */
export const INTERACTION_TYPES = [
	'pushTracking.applicationOpened',
	'pushTracking.customAction',
	'pushTracking.receive',
] as const;
export type InteractionType = (typeof INTERACTION_TYPES)[number];

/** An interaction event as the SDK sends it. */
export interface Interaction {
	/** The same for the same event sent twice. */
	id: string;
	type: InteractionType;
	/** What the device calls the notification. */
	providerMessageId: string;
	provider?: Provider;
	platform?: Platform;
	/** The delivery's id, from the tracking data. */
	executionId?: string;
	messageId?: string;
	/** Which button; `Dismiss` where it was put away. */
	actionId?: string;
	/** The interaction opened the app. */
	launched: boolean;
	/** Epoch milliseconds; undefined: nobody says when. */
	at?: number;
	/** The experience event that goes on. */
	event: Json;
}

export const DISMISS = 'Dismiss';

const LONGEST_ID = 512;
const NO_TEXT = /[\p{Cc}\p{Cs}]/u;

type Json = Record<string, unknown>;

export type InteractionReading =
	| { ok: true; interaction: Interaction }
	| {
			ok: false;
			/** As the SDK names it (push tracking status). */
			status: 'noTrackingData' | 'invalidMessageId' | 'unknownError';
			problem: string;
	  };

/**
 * Reads an interaction event: as the SDK sends it, with `xdm` and `meta`, or what stands in `xdm` alone.
 * @returns the event in the form of the push tracking schema; whatever else it brings is kept
 */
export function readInteraction(value: unknown): InteractionReading {
	const whole = objectOf(value);
	const data = objectOf(whole?.data);
	const xdm = objectOf(whole?.xdm) ?? objectOf(data?.xdm) ?? whole;
	const type = xdm?.eventType;
	if (!xdm || !isInteractionType(type)) {
		return {
			ok: false,
			status: 'unknownError',
			problem: `xdm.eventType has to be one of ${INTERACTION_TYPES.join(', ')}`,
		};
	}
	const tracking = objectOf(xdm.pushNotificationTracking);
	const providerMessageId = textOf(tracking?.pushProviderMessageID);
	const management = objectOf(objectOf(xdm._experience)?.customerJourneyManagement);
	const execution = objectOf(management?.messageExecution);
	if (providerMessageId === '') {
		return {
			ok: false,
			status: 'invalidMessageId',
			problem: 'pushNotificationTracking.pushProviderMessageID is missing',
		};
	}
	if (!execution) {
		return {
			ok: false,
			status: 'noTrackingData',
			problem:
				'_experience.customerJourneyManagement.messageExecution is missing: send the message with tracking data (_xdm)',
		};
	}
	const actionId = textOf(objectOf(tracking?.customAction)?.actionID) || undefined;
	if (type === 'pushTracking.customAction' && actionId === undefined) {
		return {
			ok: false,
			status: 'unknownError',
			problem: 'pushNotificationTracking.customAction.actionID is missing',
		};
	}
	const platform = objectOf(management?.pushChannelContext)?.platform;
	const provider = tracking?.pushProvider;
	const launches = objectOf(objectOf(xdm.application)?.launches)?.value;
	const at = timeOf(xdm.timestamp ?? whole?.timestamp);
	const executionId = textOf(execution.messageExecutionID) || undefined;
	const messageId = textOf(execution.messageID) || undefined;
	const launched =
		typeof launches === 'number' || typeof launches === 'string'
			? Number(launches) > 0
			: type === INTERACTION_TYPES[0];
	const facts = { type, providerMessageId, actionId, executionId, at: at ?? null };
	return {
		ok: true,
		interaction: {
			id: textOf(xdm._id ?? whole?._id) || idOf(facts),
			type,
			providerMessageId,
			launched,
			event: experienceEvent(whole as Json, xdm, { type, launched, platform, provider }),
			...(provider === 'apns' || provider === 'fcm' ? { provider } : {}),
			...(isPlatform(platform) ? { platform } : {}),
			...(executionId === undefined ? {} : { executionId }),
			...(messageId === undefined ? {} : { messageId }),
			...(actionId === undefined ? {} : { actionId }),
			...(at === undefined ? {} : { at }),
		},
	};
}

/** The event with what the schema has and the SDK may leave out. */
function experienceEvent(
	whole: Json,
	xdm: Json,
	known: { type: InteractionType; launched: boolean; platform: unknown; provider: unknown },
): Json {
	const experience = objectOf(xdm._experience);
	const management = objectOf(experience?.customerJourneyManagement);
	const platform = known.platform ?? known.provider;
	const complete: Json = {
		...xdm,
		eventType: known.type,
		application: objectOf(xdm.application) ?? { launches: { value: known.launched ? 1 : 0 } },
		_experience: {
			...experience,
			customerJourneyManagement: {
				...management,
				messageProfile: objectOf(management?.messageProfile) ?? { channel: { _id: PUSH_CHANNEL } },
				...(platform === undefined || management?.pushChannelContext !== undefined
					? {}
					: { pushChannelContext: { platform } }),
			},
		},
	};
	// A device that has a notification has not opened anything.
	if (known.type === 'pushTracking.receive' && xdm.application === undefined) {
		delete complete.application;
	}
	const meta = objectOf(whole.meta);
	return meta ? { xdm: complete, meta } : { xdm: complete };
}

const isInteractionType = (value: unknown): value is InteractionType =>
	INTERACTION_TYPES.some((type) => type === value);

function idOf(facts: unknown): string {
	return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}

/** An id as it can be kept; what is too long or no text for a database is none. */
const textOf = (value: unknown) =>
	typeof value === 'string' && value.length <= LONGEST_ID && !NO_TEXT.test(value)
		? value.trim()
		: '';

function timeOf(value: unknown): number | undefined {
	const at = typeof value === 'number' ? value : Date.parse(textOf(value));
	return Number.isFinite(at) && at > 0 ? at : undefined;
}

function objectOf(value: unknown): Json | undefined {
	const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
	return isObject ? (value as Json) : undefined;
}
