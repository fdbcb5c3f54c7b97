import type { ProviderAnswer } from '../errors';

interface FcmError {
	status?: unknown;
	message?: unknown;
	details?: unknown;
}

const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';

/** Reads an answer of FCM HTTP v1: the code of its own detail wins over the status of the error. */
export function readFcmAnswer(statusCode: number, text: string): ProviderAnswer {
	const answer: ProviderAnswer = { provider: 'fcm', statusCode };
	const reason = reasonOf(text);
	if (reason !== undefined) answer.reason = reason;
	return answer;
}

function reasonOf(text: string): string | undefined {
	let error: FcmError | string | undefined;
	try {
		error = (JSON.parse(text) as { error?: FcmError | string } | null)?.error;
	} catch {
		// Not of FCM, such as a gateway's page; the status has to do.
	}
	if (typeof error === 'string') return error;
	const own = detailOf(error?.details);
	if (own !== undefined) return own;
	return typeof error?.status === 'string' ? error.status : undefined;
}

function detailOf(details: unknown): string | undefined {
	if (!Array.isArray(details)) return undefined;
	for (const detail of details as ({ '@type'?: unknown; errorCode?: unknown } | null)[]) {
		if (detail?.['@type'] === FCM_ERROR && typeof detail.errorCode === 'string') {
			return detail.errorCode;
		}
	}
	return undefined;
}
