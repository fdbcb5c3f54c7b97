import type { Delivery } from '../delivery/delivery';
import type { Feedback } from './feedback';
import { LOOK_ENDS } from './look';

/** What is known of a delivery that tells how its notification fared. Times in epoch milliseconds. */
export interface DeliveryFacts {
	status: Delivery['status'] | 'closed';
	attempt: number;
	reason?: string;
	error?: Delivery['error'];
	response?: Delivery['response'];
	firstAttemptAt?: number;
	lastAttemptAt?: number;
}

/** Faults of the set-up, not of the device or the provider. */
const OWN_FAULTS = new Set([
	'CREDENTIAL_NOT_ALLOWED',
	'EGRESS_BLOCKED',
	'INVALID_REQUEST',
	'CHANNEL_FAILED',
	'TOKEN_REFUSED',
]);
/** After these the same notification never arrives. */
const HARD = new Set([
	'BadDeviceToken',
	'Unregistered',
	'ExpiredToken',
	'DeviceTokenNotForTopic',
	'UNREGISTERED',
	'UNREGISTERED_FID',
	'NotRegistered',
	'SENDER_ID_MISMATCH',
	'INVALID_ARGUMENT',
]);

/** How a notification fared, by its delivery. Pure. */
export function feedbackOf(delivery: DeliveryFacts): Feedback {
	const { attempt, response, firstAttemptAt, lastAttemptAt } = delivery;
	return {
		...verdictOf(delivery),
		retryCount: Math.max(0, attempt - 1),
		...(firstAttemptAt === undefined ? {} : { firstAttemptAt }),
		...(lastAttemptAt === undefined ? {} : { requestedAt: lastAttemptAt }),
		...(response?.statusCode === undefined ? {} : { responseCode: response.statusCode }),
		...(response?.durationMs === undefined ? {} : { responseMs: response.durationMs }),
	};
}

function verdictOf({
	status,
	reason,
	error,
	response,
}: DeliveryFacts): Pick<
	Feedback,
	'status' | 'code' | 'reason' | 'failureType' | 'providerMessageId'
> {
	const told = error?.message ?? reason;
	const why = {
		...(error?.code === undefined ? {} : { code: error.code }),
		...(told === undefined ? {} : { reason: told }),
	};
	switch (status) {
		case 'pending':
			return error ? { status: 'delay', ...why, failureType: 'soft' } : { status: 'pending' };
		case 'delivered': {
			const name = fcmName(response?.bodyExcerpt);
			return { status: 'sent', ...(name === undefined ? {} : { providerMessageId: name }) };
		}
		case 'retrying':
			return { status: 'delay', ...why, failureType: 'soft' };
		case 'closed':
			return { status: 'exclude', reason: reason ?? 'closed' };
		case 'dead':
			break;
	}
	const look = LOOK_ENDS.find((one) => one.text === reason);
	if (look) return { status: look.status, code: look.code, reason: look.reason };
	if (error && OWN_FAULTS.has(error.code)) return { status: 'error', ...why };
	const failureType = error && HARD.has(error.code) ? 'hard' : 'soft';
	return { status: 'bounce', ...why, failureType };
}

/** FCM names what it takes `projects/…/messages/…`; the device knows the last part. */
function fcmName(excerpt: string | undefined): string | undefined {
	return /"name"\s*:\s*"projects\/[^"]*\/messages\/([^"/]+)"/.exec(excerpt ?? '')?.[1];
}
