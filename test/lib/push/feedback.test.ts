import { feedbackOf } from '../../../lib/push/deliveryFeedback';
import { feedbackEvent, type Feedback } from '../../../lib/push/feedback';
import { describeConformance } from '../delivery/conformance';

const subject = {
	executionId: 'msg_1',
	messageId: 'm1',
	platform: 'apns' as const,
	identity: { namespace: 'ECID', id: 'e1' },
};
const AT = Date.parse('2026-01-01T00:00:00Z');

interface Event {
	identityMap: object;
	_experience: { customerJourneyManagement: Record<string, Record<string, unknown>> };
}
const eventOf = (feedback: Feedback) => feedbackEvent(subject, feedback, AT) as unknown as Event;
const fieldsOf = (feedback: Feedback) =>
	eventOf(feedback)._experience.customerJourneyManagement.messageDeliveryfeedback;

describe('how a delivery tells how its notification fared', () => {
	it('delivered to the provider is sent, not delivered: only the device knows that', () => {
		const response = {
			statusCode: 200,
			durationMs: 12,
			bodyExcerpt: '{\n  "name": "projects/d/messages/0:15%31"\n}',
		};
		expect(
			feedbackOf({
				status: 'delivered',
				attempt: 3,
				response,
				firstAttemptAt: 1,
				lastAttemptAt: 9,
			}),
		).toEqual({
			status: 'sent',
			retryCount: 2,
			firstAttemptAt: 1,
			requestedAt: 9,
			responseCode: 200,
			responseMs: 12,
			providerMessageId: '0:15%31',
		});
	});

	test.each<[string, Parameters<typeof feedbackOf>[0], Partial<Feedback>]>([
		['not tried yet', { status: 'pending', attempt: 0 }, { status: 'pending' }],
		[
			'to be tried again',
			{
				status: 'retrying',
				attempt: 1,
				error: { code: 'QUOTA_EXCEEDED', message: 'FCM 429 …' },
				reason: 'HTTP 429',
			},
			{ status: 'delay', code: 'QUOTA_EXCEEDED', failureType: 'soft', reason: 'FCM 429 …' },
		],
		[
			'a token that is gone',
			{ status: 'dead', attempt: 1, error: { code: 'Unregistered', message: 'gone' } },
			{ status: 'bounce', code: 'Unregistered', failureType: 'hard' },
		],
		[
			'retries that were all in vain',
			{ status: 'dead', attempt: 11, error: { code: 'ServiceUnavailable', message: '503' } },
			{ status: 'bounce', failureType: 'soft', retryCount: 10 },
		],
		[
			'an age that was reached',
			{ status: 'dead', attempt: 2, reason: 'expired' },
			{ status: 'bounce', reason: 'expired', failureType: 'soft' },
		],
		[
			'a credential for another server',
			{ status: 'dead', attempt: 1, error: { code: 'CREDENTIAL_NOT_ALLOWED', message: 'x' } },
			{ status: 'error', code: 'CREDENTIAL_NOT_ALLOWED' },
		],
		[
			'a newer one in its place',
			{ status: 'closed', attempt: 0, reason: 'superseded' },
			{ status: 'exclude', reason: 'superseded' },
		],
		[
			'a token that was given up meanwhile',
			{ status: 'dead', attempt: 1, reason: 'not sent: the token was denylisted meanwhile' },
			{ status: 'denylist', code: '050031' },
		],
		[
			'a consent that was withdrawn',
			{ status: 'dead', attempt: 1, reason: 'not sent: the consent was withdrawn meanwhile' },
			{ status: 'exclude', code: '050111' },
		],
	])('%s', (_name, facts, expected) => {
		expect(feedbackOf(facts)).toMatchObject(expected);
	});
});

describe('a feedback event', () => {
	it('of an accepted notification has the ECID of the token as its identity', () => {
		const feedback: Feedback = {
			status: 'sent',
			retryCount: 1,
			requestedAt: AT,
			firstAttemptAt: AT - 1_000,
			responseCode: 200,
			responseMs: 286,
		};
		expect(eventOf(feedback)).toEqual({
			eventType: 'message.feedback',
			timestamp: '2026-01-01T00:00:00.000Z',
			identityMap: { ECID: [{ id: 'e1' }] },
			_experience: {
				customerJourneyManagement: {
					messageExecution: { messageExecutionID: 'msg_1', messageID: 'm1' },
					messageProfile: { channel: { _id: 'https://ns.adobe.com/xdm/channels/push' } },
					pushChannelContext: { platform: 'apns' },
					messageDeliveryfeedback: {
						feedbackStatus: 'sent',
						retryCount: 1,
						requestTimestamp: '2026-01-01T00:00:00.000Z',
						firstAttemptTimestamp: '2025-12-31T23:59:59.000Z',
						responseCode: 200,
						responseDurationMillis: 286,
					},
				},
			},
		});
	});

	it('of a bounce says why, and whether it would bounce another time', () => {
		const feedback: Feedback = {
			status: 'bounce',
			code: 'Unregistered',
			reason: 'APNs 410 …',
			failureType: 'hard',
			retryCount: 0,
		};
		expect(fieldsOf(feedback).messageFailure).toEqual({
			reason: 'APNs 410 …',
			code: 'Unregistered',
			type: 'hard',
			category: 'sync',
		});
	});

	it('of an exclusion has its code, its name and its details', () => {
		const feedback: Feedback = {
			status: 'exclude',
			code: '050031',
			reason: 'PushNoValidTokenFoundForApps: the token is of another environment',
			retryCount: 0,
		};
		expect(fieldsOf(feedback).messageExclusion).toEqual({
			code: '050031',
			reason: 'PushNoValidTokenFoundForApps',
			details: { text: 'the token is of another environment' },
		});
	});

	it('does not exist before anything is known', () => {
		expect(feedbackEvent(subject, { status: 'pending', retryCount: 0 }, AT)).toBeUndefined();
	});
});

interface Schema {
	definitions: {
		messageDeliveryfeedback: { properties: Record<string, Record<string, unknown>> };
	};
}

describeConformance<Schema>('xdm-push/message-delivery-feedback.schema.json', (schema) => {
	const text = JSON.stringify(schema.definitions);

	it('every field that an event has is one of the schema', () => {
		const events = (['sent', 'bounce', 'exclude'] as const).map((status) =>
			fieldsOf({
				status,
				code: 'c',
				reason: 'a: b',
				failureType: 'soft',
				retryCount: 0,
				requestedAt: AT,
				firstAttemptAt: AT,
				responseCode: 200,
				responseMs: 1,
			}),
		);
		const names = events.flatMap((fields) => [
			...Object.keys(fields),
			...Object.keys((fields.messageFailure as object | undefined) ?? {}),
			...Object.keys((fields.messageExclusion as object | undefined) ?? {}),
		]);
		for (const name of new Set(names)) expect(text).toContain(`${name}"`);
	});
});
