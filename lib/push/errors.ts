import { APNS_ANSWERS, FCM_ANSWERS, type Meaning } from './errorTable';
import type { Provider } from './platforms';

/** What a provider said to one notification. */
export interface ProviderAnswer {
	provider: Provider;
	statusCode: number;
	/** APNs: `reason`; FCM: the code of its own detail, else the status of the error. */
	reason?: string;
	/** APNs 410: when the token was last known to be good for nothing, epoch milliseconds. */
	timestamp?: number;
}

/** What is known of the token that a notification was addressed to. */
export interface TokenFacts {
	/** It was registered for the environment that it was sent to, so that "bad" is about the token. */
	environmentKnown: boolean;
	/** When it was last registered, epoch milliseconds. */
	registeredAt?: number;
}

/**
 * What an answer leads to. `drop`: this notification is over; `forget`: its token too; `refresh`: the
 * provider wants a newer token of ours; `configuration`: nothing of the batch would be taken.
 */
export type AnswerClass = 'accepted' | 'retry' | 'drop' | 'forget' | 'refresh' | 'configuration';

export interface Classified {
	class: AnswerClass;
	/** As the provider names it, else by its status. */
	code: string;
	/** For people: what it means, and what to mend where somebody can. */
	reason: string;
	/** A retry is about this device alone and not about the provider, which others may go on with. */
	onlyThisDevice: boolean;
}

/** An operator reads it in a list; names are short, and a provider may send anything. */
const LONGEST_NAME = 60;

/**
 * What a provider's answer means, by one table. Pure.
 * Sources: Apple's and Google's error lists as their clients carry them.
 */
export function classifyAnswer(answer: ProviderAnswer, token: TokenFacts): Classified {
	const { provider, statusCode } = answer;
	if (statusCode >= 200 && statusCode < 300) {
		return {
			class: 'accepted',
			code: String(statusCode),
			reason: 'accepted',
			onlyThisDevice: false,
		};
	}
	const name = answer.reason?.replace(/[^\w.-]/g, '').slice(0, LONGEST_NAME);
	const table: Readonly<Record<string, Meaning>> = provider === 'apns' ? APNS_ANSWERS : FCM_ANSWERS;
	const known = name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
	const meaning = known ?? byStatus(provider, statusCode);
	const code = name || `HTTP_${statusCode}`;
	const classified: Classified = {
		class: meaning.class,
		code,
		reason: `${provider === 'apns' ? 'APNs' : 'FCM'} ${statusCode} ${code}: ${meaning.text}`,
		onlyThisDevice: meaning.onlyThisDevice ?? false,
	};
	return classified.class === 'forget' ? unlessNewer(classified, answer, token) : classified;
}

/** A token is only given up when the answer is about this registration of it. */
function unlessNewer(
	classified: Classified,
	{ timestamp, reason }: ProviderAnswer,
	{ environmentKnown, registeredAt }: TokenFacts,
): Classified {
	if (reason === 'BadDeviceToken' && !environmentKnown) {
		const why = 'the token is left, since nobody registered it for this environment';
		return { ...classified, class: 'drop', reason: `${classified.reason}; ${why}` };
	}
	if (timestamp !== undefined && registeredAt !== undefined && timestamp < registeredAt) {
		const why = 'the token is left, since it was registered again after that';
		return { ...classified, class: 'drop', reason: `${classified.reason}; ${why}` };
	}
	return classified;
}

/** What an answer means that names no reason, or one that is not known here. */
function byStatus(provider: Provider, status: number): Meaning {
	if (status === 408 || status === 429 || status >= 500) {
		return { class: 'retry', text: 'the provider cannot take it now' };
	}
	if (provider === 'apns' && status === 410) {
		return { class: 'forget', text: 'the token is no longer active' };
	}
	if (provider === 'fcm' && status === 401) {
		return { class: 'refresh', text: 'the access token is not good any more' };
	}
	if (status === 401 || status === 403) {
		return { class: 'configuration', text: 'the credential is refused; check it' };
	}
	if (provider === 'fcm' && status === 404) {
		return { class: 'configuration', text: 'there is no such project; check the credential' };
	}
	if (status >= 300 && status < 400) {
		return { class: 'configuration', text: 'redirects are not followed; check the server' };
	}
	return { class: 'drop', text: 'the provider does not take this notification' };
}
