import type { AnswerClass } from './errors';

/** What one of a provider's reasons means. */
export interface Meaning {
	class: Exclude<AnswerClass, 'accepted'>;
	/** For people, with what to mend. */
	text: string;
	onlyThisDevice?: boolean;
}

type Row = readonly [text: string, ...reasons: string[]];

/** Rows of one class; each row is a text and the reasons that it explains. */
function ofClass(meaning: Omit<Meaning, 'text'>, ...rows: Row[]): Record<string, Meaning> {
	return Object.fromEntries(
		rows.flatMap(([text, ...reasons]) => reasons.map((reason) => [reason, { ...meaning, text }])),
	);
}

const KEY = 'check the private key, Key ID and Team ID of the APNs credential';
const BUNDLE = 'check the Bundle ID of the APNs credential and what the key may be used for';
const SERVICE_ACCOUNT = 'check the service account of the FCM credential and its role';

/** APNs, by `reason` (Apple, "Handling notification responses from APNs"). */
export const APNS_ANSWERS: Readonly<Record<string, Meaning>> = Object.freeze({
	...ofClass(
		{ class: 'retry' },
		['APNs cannot take it now', 'InternalServerError', 'ServiceUnavailable', 'Shutdown'],
		['the connection was not used for too long', 'IdleTimeout'],
		[
			'the provider token changes too often; the present one is kept',
			'TooManyProviderTokenUpdates',
		],
	),
	...ofClass({ class: 'retry', onlyThisDevice: true }, [
		'too many notifications for this device in a short time',
		'TooManyRequests',
	]),
	...ofClass(
		{ class: 'forget' },
		['the token is none of this environment', 'BadDeviceToken'],
		[
			'the app is no longer on the device, or the token has expired',
			'Unregistered',
			'ExpiredToken',
		],
	),
	...ofClass({ class: 'refresh' }, ['the provider token is too old', 'ExpiredProviderToken']),
	...ofClass(
		{ class: 'configuration' },
		[`the provider token is refused; ${KEY}`, 'InvalidProviderToken', 'MissingProviderToken'],
		[`the key is not for these connections; ${KEY}`, 'UnrelatedKeyIdInToken'],
		[
			'the key is meant for another environment; check Environment of the APNs credential',
			'BadEnvironmentKeyIdInToken',
			'BadEnvironmentKeyInToken',
			'BadCertificateEnvironment',
		],
		[`the certificate is refused; ${KEY}`, 'BadCertificate'],
		[
			`the app may not be sent to; ${BUNDLE}`,
			'BadTopic',
			'MissingTopic',
			'TopicDisallowed',
			'Forbidden',
		],
		['the server is none of APNs; check Server of the APNs credential', 'MethodNotAllowed'],
	),
	...ofClass(
		{ class: 'drop' },
		['the token belongs to another app', 'DeviceTokenNotForTopic'],
		['there is no token, or one that no path can hold', 'MissingDeviceToken', 'BadPath'],
		['Collapse Key is longer than 64 bytes; shorten it', 'BadCollapseId'],
		['Time to Live gives no time that APNs takes', 'BadExpirationDate'],
		['the id of the notification is no UUID', 'BadMessageId'],
		['Priority has to be high or normal', 'BadPriority'],
		['the push type does not fit the notification', 'InvalidPushType'],
		['a header is there twice', 'DuplicateHeaders'],
		['the notification is empty', 'PayloadEmpty'],
		['the notification is longer than 4,096 bytes; shorten it', 'PayloadTooLarge'],
	),
});

/**
 * FCM, by the code of its own error detail (HTTP v1 reference, ErrorCode), by the status of the error
 * where there is none, and by the codes that its clients still know from before.
 */
export const FCM_ANSWERS: Readonly<Record<string, Meaning>> = Object.freeze({
	...ofClass(
		{ class: 'retry' },
		[
			'FCM cannot take it now',
			'UNAVAILABLE',
			'INTERNAL',
			'DEADLINE_EXCEEDED',
			'ABORTED',
			'UNKNOWN',
			'UNSPECIFIED_ERROR',
			'Unavailable',
			'InternalServerError',
		],
		['the project sends more than its quota', 'QUOTA_EXCEEDED', 'RESOURCE_EXHAUSTED'],
		['the topic gets too many notifications', 'TopicsMessageRateExceeded'],
	),
	...ofClass({ class: 'retry', onlyThisDevice: true }, [
		'too many notifications for this device in a short time',
		'DeviceMessageRateExceeded',
	]),
	...ofClass({ class: 'forget' }, [
		'the app is no longer on the device, or its token is no longer good',
		'UNREGISTERED',
		'UNREGISTERED_FID',
		'NotRegistered',
	]),
	...ofClass({ class: 'refresh' }, ['the access token is not good any more', 'UNAUTHENTICATED']),
	...ofClass(
		{ class: 'configuration' },
		[`the service account may not send for this project; ${SERVICE_ACCOUNT}`, 'PERMISSION_DENIED'],
		['there is no such project; check the service account of the FCM credential', 'NOT_FOUND'],
		[
			"FCM has no valid key of APNs or Web Push for this app; add it in the Firebase console's project settings",
			'THIRD_PARTY_AUTH_ERROR',
			'APNS_AUTH_ERROR',
			'InvalidApnsCredential',
		],
	),
	...ofClass(
		{ class: 'drop' },
		['the token belongs to another project', 'SENDER_ID_MISMATCH', 'MismatchSenderId'],
		['the token belongs to another app', 'InvalidPackageName'],
		['the notification or its token is malformed', 'INVALID_ARGUMENT', 'InvalidParameters'],
		['the token is none', 'InvalidRegistration'],
		['a key of the custom data is reserved', 'InvalidDataKey'],
		['Time to Live has to be from 0 to 2,419,200 seconds', 'InvalidTtl'],
		['the notification is longer than 4,096 bytes; shorten it', 'MessageTooBig'],
		['the token follows too many topics', 'TOO_MANY_TOPICS'],
		['the request does not fit the state of the project', 'FAILED_PRECONDITION', 'OUT_OF_RANGE'],
	),
});
