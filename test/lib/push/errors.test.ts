import { classifyAnswer, type AnswerClass } from '../../../lib/push/errors';
import { APNS_ANSWERS, FCM_ANSWERS } from '../../../lib/push/errorTable';
import { describeConformance } from '../delivery/conformance';

const known = { environmentKnown: true };
const apns = (statusCode: number, reason?: string, timestamp?: number) => ({
	provider: 'apns' as const,
	statusCode,
	reason,
	timestamp,
});
const fcm = (statusCode: number, reason?: string) => ({
	provider: 'fcm' as const,
	statusCode,
	reason,
});

const APNS_CLASSES: [AnswerClass, number, string][] = [
	['retry', 429, 'TooManyRequests'],
	['retry', 429, 'TooManyProviderTokenUpdates'],
	['retry', 500, 'InternalServerError'],
	['retry', 503, 'ServiceUnavailable'],
	['retry', 503, 'Shutdown'],
	['retry', 400, 'IdleTimeout'],
	['forget', 410, 'Unregistered'],
	['forget', 410, 'ExpiredToken'],
	['forget', 400, 'BadDeviceToken'],
	['refresh', 403, 'ExpiredProviderToken'],
	['configuration', 403, 'InvalidProviderToken'],
	['configuration', 403, 'MissingProviderToken'],
	['configuration', 403, 'Forbidden'],
	['configuration', 403, 'BadCertificate'],
	['configuration', 403, 'BadCertificateEnvironment'],
	['configuration', 400, 'BadTopic'],
	['configuration', 400, 'MissingTopic'],
	['configuration', 400, 'TopicDisallowed'],
	['configuration', 405, 'MethodNotAllowed'],
	['drop', 400, 'DeviceTokenNotForTopic'],
	['drop', 400, 'MissingDeviceToken'],
	['drop', 404, 'BadPath'],
	['drop', 400, 'BadCollapseId'],
	['drop', 400, 'BadExpirationDate'],
	['drop', 400, 'BadMessageId'],
	['drop', 400, 'BadPriority'],
	['drop', 400, 'InvalidPushType'],
	['drop', 400, 'DuplicateHeaders'],
	['drop', 400, 'PayloadEmpty'],
	['drop', 413, 'PayloadTooLarge'],
];

const FCM_CLASSES: [AnswerClass, number, string][] = [
	['retry', 429, 'QUOTA_EXCEEDED'],
	['retry', 429, 'RESOURCE_EXHAUSTED'],
	['retry', 500, 'INTERNAL'],
	['retry', 503, 'UNAVAILABLE'],
	['retry', 504, 'DEADLINE_EXCEEDED'],
	['forget', 404, 'UNREGISTERED'],
	['refresh', 401, 'UNAUTHENTICATED'],
	['configuration', 401, 'THIRD_PARTY_AUTH_ERROR'],
	['configuration', 403, 'PERMISSION_DENIED'],
	['configuration', 404, 'NOT_FOUND'],
	['drop', 400, 'INVALID_ARGUMENT'],
	['drop', 403, 'SENDER_ID_MISMATCH'],
];

describe('each reason of a provider has one class', () => {
	test.each(APNS_CLASSES)('APNs %s: %i %s', (expected, status, reason) => {
		expect(classifyAnswer(apns(status, reason), known).class).toBe(expected);
	});

	test.each(FCM_CLASSES)('FCM %s: %i %s', (expected, status, reason) => {
		expect(classifyAnswer(fcm(status, reason), known).class).toBe(expected);
	});

	it('the codes that FCM had before mean the same as those that it has now', () => {
		expect(classifyAnswer(fcm(404, 'NotRegistered'), known).class).toBe('forget');
		expect(classifyAnswer(fcm(403, 'MismatchSenderId'), known).class).toBe('drop');
		expect(classifyAnswer(fcm(429, 'DeviceMessageRateExceeded'), known)).toMatchObject({
			class: 'retry',
			onlyThisDevice: true,
		});
	});
});

describe('accepted', () => {
	test.each([
		['apns', 200],
		['fcm', 200],
	] as const)('%s %i', (provider, statusCode) => {
		expect(classifyAnswer({ provider, statusCode }, known).class).toBe('accepted');
	});
});

describe('a token is left', () => {
	it('when it was registered again after the time that a 410 tells', () => {
		const answer = apns(410, 'Unregistered', 1_000);
		expect(classifyAnswer(answer, { environmentKnown: true, registeredAt: 1_001 })).toMatchObject({
			class: 'drop',
			reason: expect.stringContaining('registered again after that') as string,
		});
	});

	it('when nobody knows that a bad token is of this environment', () => {
		const judged = classifyAnswer(apns(400, 'BadDeviceToken'), { environmentKnown: false });
		expect(judged.class).toBe('drop');
	});

	it('by a 404 of FCM that does not say UNREGISTERED: the project may be wrong', () => {
		expect(classifyAnswer(fcm(404), known).class).toBe('configuration');
	});

	it('by any other refusal', () => {
		const answers = [
			...APNS_CLASSES.map(([, status, reason]) => apns(status, reason)),
			...FCM_CLASSES.map(([, status, reason]) => fcm(status, reason)),
		];
		const forgetting = answers.filter((one) => classifyAnswer(one, known).class === 'forget');
		expect(forgetting.map(({ reason }) => reason)).toEqual([
			'Unregistered',
			'ExpiredToken',
			'BadDeviceToken',
			'UNREGISTERED',
		]);
	});
});

it('a token is given up when the 410 is younger than its registration', () => {
	const answer = apns(410, 'Unregistered', 2_000);
	const judged = classifyAnswer(answer, { environmentKnown: true, registeredAt: 1_999 });
	expect(judged.class).toBe('forget');
});

describe('without a reason that is known, the status decides', () => {
	test.each([
		['apns', 400, 'drop'],
		['apns', 403, 'configuration'],
		['apns', 410, 'forget'],
		['apns', 429, 'retry'],
		['apns', 500, 'retry'],
		['apns', 302, 'configuration'],
		['fcm', 400, 'drop'],
		['fcm', 401, 'refresh'],
		['fcm', 403, 'configuration'],
		['fcm', 404, 'configuration'],
		['fcm', 410, 'drop'],
		['fcm', 429, 'retry'],
		['fcm', 503, 'retry'],
	] as const)('%s %i: %s', (provider, statusCode, expected) => {
		expect(classifyAnswer({ provider, statusCode }, known).class).toBe(expected);
		const unknown = classifyAnswer({ provider, statusCode, reason: 'SomethingNew' }, known);
		expect(unknown).toMatchObject({ class: expected, code: 'SomethingNew' });
	});

	it('every status from 100 to 599 has a class', () => {
		for (const provider of ['apns', 'fcm'] as const) {
			for (let statusCode = 100; statusCode < 600; statusCode++) {
				expect(classifyAnswer({ provider, statusCode }, known).class).toBeTruthy();
			}
		}
	});
});

it('a reason that would spoil a message is shortened and cleaned', () => {
	const judged = classifyAnswer(apns(400, `<b>${'x'.repeat(500)}\n`), known);
	expect(judged.code).toMatch(/^bx{59}$/);
});

it('what a configuration error says names what to mend', () => {
	const tables = [...Object.entries(APNS_ANSWERS), ...Object.entries(FCM_ANSWERS)];
	for (const [reason, { class: kind, text }] of tables) {
		if (kind === 'configuration') expect({ reason, text }).toMatchObject({ text: /check|add/ });
	}
});

interface ProviderErrors {
	apns: { reason: string; status: number }[];
	fcmServerToClientCode: [string, string][];
	normalised: Record<'apns' | 'fcm', Record<string, string[]>>;
}

describeConformance<ProviderErrors>('push-errors.json', ({ apns: all, fcmServerToClientCode }) => {
	test.each(all.map(({ reason, status }) => [reason, status] as const))(
		'APNs %s has a row of its own',
		(reason, status) => {
			expect(Object.hasOwn(APNS_ANSWERS, reason)).toBe(true);
			expect(classifyAnswer(apns(status, reason), known).code).toBe(reason);
		},
	);

	test.each([...new Set(fcmServerToClientCode.map(([code]) => code))])(
		'FCM %s has a row of its own',
		(code) => {
			expect(Object.hasOwn(FCM_ANSWERS, code)).toBe(true);
		},
	);
});

describe('an answer without a reason', () => {
	test.each<['apns' | 'fcm', number, string, string]>([
		['apns', 199, 'drop', 'the provider does not take this notification'],
		['apns', 300, 'configuration', 'redirects are not followed; check the server'],
		['fcm', 399, 'configuration', 'redirects are not followed; check the server'],
		['apns', 400, 'drop', 'the provider does not take this notification'],
		['apns', 401, 'configuration', 'the credential is refused; check it'],
		['fcm', 401, 'refresh', 'the access token is not good any more'],
		['fcm', 403, 'configuration', 'the credential is refused; check it'],
		['apns', 404, 'drop', 'the provider does not take this notification'],
		['fcm', 404, 'configuration', 'there is no such project; check the credential'],
		['fcm', 408, 'retry', 'the provider cannot take it now'],
		['apns', 410, 'forget', 'the token is no longer active'],
		['fcm', 410, 'drop', 'the provider does not take this notification'],
		['apns', 429, 'retry', 'the provider cannot take it now'],
		['fcm', 500, 'retry', 'the provider cannot take it now'],
	])('of %s, status %d, means %s: %s', (provider, statusCode, meaning, text) => {
		expect(classifyAnswer({ provider, statusCode }, known)).toEqual({
			class: meaning,
			code: `HTTP_${statusCode}`,
			reason: `${provider === 'apns' ? 'APNs' : 'FCM'} ${statusCode} HTTP_${statusCode}: ${text}`,
			onlyThisDevice: false,
		});
	});

	test.each([200, 299])('but with status %d is an acceptance', (statusCode) => {
		expect(classifyAnswer({ provider: 'apns', statusCode }, known)).toEqual({
			class: 'accepted',
			code: String(statusCode),
			reason: 'accepted',
			onlyThisDevice: false,
		});
	});
});

describe('a token that is bad in an environment', () => {
	const answer = { provider: 'apns', statusCode: 400, reason: 'BadDeviceToken' } as const;

	test('for which nobody registered it is left, and the reason says why', () => {
		const { class: meaning, reason } = classifyAnswer(answer, { environmentKnown: false });
		expect(meaning).toBe('drop');
		expect(reason).toMatch(
			/^APNs 400 BadDeviceToken: .+; the token is left, since nobody registered it for this environment$/,
		);
	});

	test('is given up when it was registered at the very moment of the answer, or before', () => {
		const gone = { ...answer, statusCode: 410, reason: 'Unregistered', timestamp: 1_000 };
		const classOf = (registeredAt: number) =>
			classifyAnswer(gone, { environmentKnown: true, registeredAt }).class;
		expect([classOf(999), classOf(1_000), classOf(1_001)]).toEqual(['forget', 'forget', 'drop']);
	});
});
