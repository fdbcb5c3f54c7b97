import { accept, startApns, type Answer } from '../../lib/push/support/apnsServer.ts';
import { acceptFcm, startFcm, type FcmAnswer } from '../../lib/push/support/fcmServer.ts';
import { newP8, serviceAccount } from '../../lib/push/support/keys.ts';
import type { N8n } from './index.ts';

/** The apps that the credentials are for. */
export const IOS_APP = 'com.example.app';
export const ANDROID_APP = 'com.example.android';

/** A notification as a provider got it. */
export interface SentPush {
	provider: 'apns' | 'fcm';
	token: string;
	/** `apns-id`; nothing of the kind goes to FCM. */
	apnsId?: string;
	/** The delivery that tracking data name, where there are any. */
	executionId?: string;
	payload: Record<string, unknown>;
	/** Names in small letters. */
	headers: Record<string, unknown>;
	/** Epoch milliseconds, when it was complete. */
	time: number;
	/** What it was answered. */
	status: number;
}

/** What a provider says to one notification. */
export interface PushAnswer {
	/** 200 where nothing is said. */
	status?: number;
	/** APNs: `reason`; FCM: the code of its own error detail. */
	reason?: string;
	/** APNs' 410: since when the token is no good, epoch milliseconds. */
	timestamp?: number;
	retryAfter?: number | string;
	/** Waits before it answers. */
	afterMs?: number;
}

/** An answer, or what decides about it, seeing how often this token was sent to before. */
export type PushBehaviour = PushAnswer | ((before: number, push: SentPush) => PushAnswer);

/** Both providers as local servers, which answer by token, and credentials that lead to them. */
export class PushServers {
	/** Every notification of both, as it came. */
	readonly sent: SentPush[] = [];
	private readonly rules = new Map<string, PushBehaviour[]>();
	private readonly counts = new Map<string, number>();
	private other: PushBehaviour = {};

	private constructor(
		readonly apns: Awaited<ReturnType<typeof startApns>>,
		readonly fcm: Awaited<ReturnType<typeof startFcm>>,
	) {
		apns.otherwise = this.answerApns;
		fcm.otherwise = this.answerFcm;
	}

	/** Starts APNs (HTTP/2 over TLS) and FCM with its token endpoint (HTTP/1.1), on free ports of 127.0.0.1. */
	static async start(): Promise<PushServers> {
		return new PushServers(await startApns(), await startFcm());
	}

	async close(): Promise<void> {
		await Promise.all([this.apns.close(), this.fcm.close()]);
	}

	/**
	 * Says how notifications to a token are answered: one behaviour each, in order, the last one for all that
	 * follow. Saying it again starts anew.
	 */
	on(token: string, ...behaviours: PushBehaviour[]): this {
		this.rules.set(token, behaviours);
		this.counts.delete(token);
		return this;
	}

	/** Says how every token is answered for which nothing was said; at first that is 200. */
	otherwise(behaviour: PushBehaviour): this {
		this.other = behaviour;
		return this;
	}

	/** What went to a token, in order. */
	to(token: string): SentPush[] {
		return this.sent.filter((push) => push.token === token);
	}

	/** What went to a token and was accepted. */
	acceptedBy(token: string): SentPush[] {
		return this.to(token).filter(({ status }) => status === 200);
	}

	/** The data of an APNs API credential for the local server. */
	apnsData(overrides: Record<string, unknown> = {}): Record<string, unknown> {
		return {
			privateKey: newP8(),
			keyId: 'KEY1234567',
			teamId: 'TEAM123456',
			bundleId: IOS_APP,
			environment: 'production',
			server: this.apns.origin,
			allowedHosts: '127.0.0.1',
			authorities: this.apns.ca,
			...overrides,
		};
	}

	/** The data of an FCM API credential for the local server. */
	fcmData(overrides: Record<string, unknown> = {}): Record<string, unknown> {
		return {
			serviceAccountPrivateKey: JSON.stringify(serviceAccount(this.fcm.origin)),
			appIds: ANDROID_APP,
			server: this.fcm.origin,
			allowedHosts: '127.0.0.1',
			...overrides,
		};
	}

	/** Makes both credentials in an n8n; gives them as a node has them. */
	async createCredentials(
		n8n: N8n,
		overrides: { apns?: Record<string, unknown>; fcm?: Record<string, unknown> } = {},
	): Promise<Record<'postbackApnsApi' | 'postbackFcmApi', { id: string; name: string }>> {
		const make = async (name: string, type: string, data: Record<string, unknown>) => {
			const made = await n8n.api.createCredential(name, type, data);
			return { id: made.id, name: made.name };
		};
		return {
			postbackApnsApi: await make('APNs', 'postbackApnsApi', this.apnsData(overrides.apns)),
			postbackFcmApi: await make('FCM', 'postbackFcmApi', this.fcmData(overrides.fcm)),
		};
	}

	private take(push: Omit<SentPush, 'time' | 'status'>): PushAnswer {
		const before = this.counts.get(push.token) ?? 0;
		this.counts.set(push.token, before + 1);
		const rule = this.rules.get(push.token);
		const behaviour = rule?.[Math.min(before, rule.length - 1)] ?? this.other;
		const sent: SentPush = { ...push, time: Date.now(), status: 200 };
		const answer = typeof behaviour === 'function' ? behaviour(before, sent) : behaviour;
		sent.status = answer.status ?? 200;
		this.sent.push(sent);
		return answer;
	}

	private readonly answerApns: Answer = (stream, push) => {
		const { headers, body } = push;
		const payload = JSON.parse(body) as Record<string, unknown>;
		const path = String(headers[':path']);
		const answer = this.take({
			provider: 'apns',
			token: decodeURIComponent(path.slice('/3/device/'.length)),
			apnsId: headers['apns-id'] as string | undefined,
			...executionOf(payload._xdm),
			payload,
			headers,
		});
		const { status = 200, reason, timestamp } = answer;
		after(answer, () => {
			if (stream.destroyed) return;
			if (status === 200) return accept(stream, push);
			stream.respond({ ':status': status, ...headersOf(answer, 'application/json') });
			stream.end(JSON.stringify({ reason, ...(timestamp === undefined ? {} : { timestamp }) }));
		});
	};

	private readonly answerFcm: FcmAnswer = (response, request) => {
		const { headers, body } = request;
		const { message, validate_only: isTry } = JSON.parse(body) as FcmRequest;
		// Of a credential's test; it reaches nobody.
		if (isTry) return acceptFcm(response, request);
		const tracking = message.android?.data?._xdm ?? message.data?._xdm;
		const answer = this.take({
			provider: 'fcm',
			token: message.token,
			...executionOf(tracking === undefined ? undefined : JSON.parse(tracking)),
			payload: message as Record<string, unknown>,
			headers,
		});
		const { status = 200, reason } = answer;
		after(answer, () => {
			if (status === 200) return acceptFcm(response, request);
			const type = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
			const details = reason === undefined ? [] : [{ '@type': type, errorCode: reason }];
			response.writeHead(status, headersOf(answer, 'application/json; charset=UTF-8'));
			response.end(JSON.stringify({ error: { code: status, message: 'no', details } }));
		});
	};
}

function after({ afterMs = 0 }: PushAnswer, then: () => void): void {
	if (afterMs === 0) then();
	else setTimeout(then, afterMs);
}

function headersOf({ retryAfter }: PushAnswer, contentType: string): Record<string, string> {
	return {
		'content-type': contentType,
		...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
	};
}

interface FcmRequest {
	validate_only?: boolean;
	message: {
		token: string;
		data?: Record<string, string>;
		android?: { data?: Record<string, string> };
	};
}

interface Tracking {
	_experience: { customerJourneyManagement: { messageExecution: { messageExecutionID: string } } };
}

/** The delivery that tracking data name, under `cjm` for journeys and `mixins` for campaigns. */
function executionOf(xdm: unknown): { executionId?: string } {
	const { cjm, mixins } = (xdm ?? {}) as { cjm?: Tracking; mixins?: Tracking };
	const tracking = cjm ?? mixins;
	if (!tracking) return {};
	const { messageExecution } = tracking._experience.customerJourneyManagement;
	return { executionId: messageExecution.messageExecutionID };
}
