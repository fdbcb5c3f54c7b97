import fc from 'fast-check';
import { readInteraction } from '../../../lib/push/interactions';
import { problemOfToken, readRegistrations } from '../../../lib/push/devices/registration';
import { deviceIdOf } from '../../../lib/push/devices/device';
import { apnsPayload } from '../../../lib/push/message/apnsPayload';
import { fcmPayload } from '../../../lib/push/message/fcmPayload';
import { MessageError, problemsOf, type PushMessage } from '../../../lib/push/message/message';
import { personalise } from '../../../lib/push/message/personalise';
import { entrance, must, refusable } from '../support/entrance';
import { damagedText, hostileText } from '../support/texts';
import { damaged, hostileValue } from '../support/values';

const DETAIL = {
	appID: 'com.example.app',
	platform: 'apns',
	token: '0a'.repeat(32),
	denylisted: false,
	identity: { namespace: { code: 'ECID' }, id: '6647' },
};

export const pushRegistrations = entrance({
	name: 'registrations of device tokens',
	inputs: damaged(
		{ timestamp: '2026-01-01T00:00:00Z', data: { pushNotificationDetails: [DETAIL] } },
		{ xdm: { pushNotificationDetails: [DETAIL, { ...DETAIL, platform: 'fcm', token: 'x:y' }] } },
		DETAIL,
	),
	take: (value) => {
		const reading = readRegistrations(value);
		if (!reading.ok) return must(reading.problems.length > 0, 'refused without a reason');
		for (const { token, platform, appId, identity } of reading.registrations) {
			must(problemOfToken(token, platform) === undefined, 'a token that is none');
			must(isStorable(appId) && isStorable(identity.id), 'an id that no database takes');
			deviceIdOf(appId, platform, token);
		}
	},
});

export const deviceTokens = entrance({
	name: 'device tokens',
	inputs: fc.tuple(
		fc.oneof(damagedText(fc.constant('0a'.repeat(32))), hostileText),
		fc.constantFrom('apns', 'apnsSandbox', 'fcm', undefined, {}),
	),
	take: ([token, platform]) => {
		const problem = problemOfToken(token, platform);
		must(problem !== undefined || !/[\s\p{Cc}]/u.test(token), 'a token that breaks out of a path');
	},
});

const EVENT = {
	xdm: {
		_id: 'e1',
		timestamp: '2026-01-01T00:00:00Z',
		eventType: 'pushTracking.customAction',
		pushNotificationTracking: {
			pushProvider: 'apns',
			pushProviderMessageID: 'pm1',
			customAction: { actionID: 'Buy' },
		},
		application: { launches: { value: 1 } },
		_experience: {
			customerJourneyManagement: {
				messageExecution: { messageExecutionID: 'msg_1', messageID: 'm1' },
				pushChannelContext: { platform: 'apns' },
			},
		},
	},
	meta: { collect: { datasetId: 'd' } },
};

export const interactions = entrance({
	name: 'interactions with notifications',
	inputs: damaged(EVENT, EVENT.xdm),
	take: (value) => {
		const reading = readInteraction(value);
		if (!reading.ok) return must(reading.problem !== '', 'refused without a reason');
		const {
			id,
			providerMessageId,
			executionId = '',
			messageId = '',
			actionId = '',
		} = reading.interaction;
		for (const text of [id, providerMessageId, executionId, messageId, actionId]) {
			must(isStorable(text), 'an id that no database takes');
		}
	},
});

/** No database takes it otherwise: PostgreSQL has neither zero bytes nor half characters, and long keys fit no index. */
const isStorable = (text: string) => text.length <= 1_024 && !/[\0\p{Cs}]/u.test(text);

const MESSAGE: PushMessage = {
	title: 'Hi {name|you}',
	body: '{text} \\{x}',
	image: 'https://a.example/{name|x}.png',
	click: { type: 'WEBURL', uri: 'https://a.example/{name|x}' },
	buttons: [{ label: '{name|x}', type: 'DEEPLINK', uri: 'app://{name|x}' }],
	customData: { a: '{name|x}', deep: { b: ['{text|y}'] } },
	collapseKey: 'c',
	badge: 1,
	timeToLiveSeconds: 60,
};

export const pushMessages = entrance({
	name: 'notifications and their variables',
	inputs: fc.record({
		customData: damaged(MESSAGE.customData),
		title: damagedText(fc.constant('Hi {name|you}, {deep.er|x}')),
		variables: damaged({ name: 'Ann', text: 'Hello', deep: { er: 'x' } }),
		name: hostileValue,
	}),
	take: ({ customData, title, variables, name }) => {
		const isFields = (one: unknown) =>
			typeof one === 'object' && one !== null && !Array.isArray(one);
		const given = isFields(variables) ? (variables as Record<string, unknown>) : {};
		const message: PushMessage = {
			...MESSAGE,
			title,
			...(isFields(customData) ? { customData: customData as Record<string, unknown> } : {}),
		};
		refusable(() => {
			const personal = personalise(message, { ...given, name });
			if (problemsOf(personal).length > 0) return;
			apnsPayload(personal, { topic: 'com.example.app', now: 0 } as never);
			fcmPayload(personal, { token: 'x' } as never);
		}, MessageError);
	},
});
