import type { DeviceIdentity } from './devices/device';
import type { Platform } from './platforms';
import { ECID } from './devices/device';

/** How a notification fared (delivery feedback schema); `pending`: nothing is known yet, and nothing told. */
export const FEEDBACK_STATUSES = [
	'sent',
	'delivered',
	'bounce',
	'delay',
	'exclude',
	'error',
	'duplicate',
	'denylist',
] as const;
export type FeedbackStatus = (typeof FEEDBACK_STATUSES)[number];

/** How one notification fared. Times in epoch milliseconds. */
export interface Feedback {
	status: FeedbackStatus | 'pending';
	/** The provider's code, or an exclusion's. */
	code?: string;
	reason?: string;
	/** soft: the same might go another time; hard: it never will. */
	failureType?: 'soft' | 'hard';
	/** Attempts after the first. */
	retryCount: number;
	firstAttemptAt?: number;
	requestedAt?: number;
	responseCode?: number;
	responseMs?: number;
	providerMessageId?: string;
}

/** Whose notification it was. */
export interface FeedbackSubject {
	/** The delivery's id. */
	executionId: string;
	messageId: string;
	platform?: Platform;
	identity?: DeviceIdentity;
	profileKey?: string;
}

/** The channel in tracking and feedback events. */
export const PUSH_CHANNEL = 'https://ns.adobe.com/xdm/channels/push';

type Json = Record<string, unknown>;

/**
 * The feedback event of a notification (delivery feedback schema). Its identity is the ECID of the token;
 * an exclusion without a device has the profile's key.
 */
export function feedbackEvent(
	subject: FeedbackSubject,
	feedback: Feedback,
	at: number,
): Json | undefined {
	const { status } = feedback;
	if (status === 'pending') return undefined;
	const { executionId, messageId, platform } = subject;
	return {
		eventType: 'message.feedback',
		timestamp: iso(at),
		...identityMapOf(subject),
		_experience: {
			customerJourneyManagement: {
				messageExecution: { messageExecutionID: executionId, messageID: messageId },
				messageProfile: { channel: { _id: PUSH_CHANNEL } },
				...(platform === undefined ? {} : { pushChannelContext: { platform } }),
				messageDeliveryfeedback: {
					feedbackStatus: status,
					...exclusionOf(feedback),
					...failureOf(feedback),
					retryCount: feedback.retryCount,
					...time('requestTimestamp', feedback.requestedAt),
					...time('firstAttemptTimestamp', feedback.firstAttemptAt),
					...present('responseCode', feedback.responseCode),
					...present('responseDurationMillis', feedback.responseMs),
				},
			},
		},
	};
}

function identityMapOf({ identity, profileKey }: FeedbackSubject): Json {
	if (identity) return { identityMap: { [identity.namespace]: [{ id: identity.id }] } };
	return profileKey === undefined ? {} : { identityMap: { [ECID]: [{ id: profileKey }] } };
}

function exclusionOf({ status, code, reason }: Feedback): Json {
	if (status !== 'exclude') return {};
	const [name = '', details] = splitReason(reason);
	return {
		messageExclusion: {
			...present('code', code),
			reason: name,
			...(details === undefined ? {} : { details: { text: details } }),
		},
	};
}

/** An exclusion is stored as its name and what it is about. */
function splitReason(reason = ''): [name?: string, details?: string] {
	const at = reason.indexOf(': ');
	return at < 0 ? [reason] : [reason.slice(0, at), reason.slice(at + 2)];
}

function failureOf({ status, code, reason, failureType }: Feedback): Json {
	if (status !== 'bounce' && status !== 'error' && status !== 'delay' && status !== 'denylist') {
		return {};
	}
	return {
		messageFailure: {
			...present('reason', reason),
			...present('code', code),
			...present('type', failureType),
			category: 'sync',
		},
	};
}

const iso = (at: number) => new Date(at).toISOString();

const time = (name: string, at: number | undefined): Json =>
	at === undefined ? {} : { [name]: iso(at) };

const present = (name: string, value: unknown): Json =>
	value === undefined ? {} : { [name]: value };
