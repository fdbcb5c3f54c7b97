import fc from 'fast-check';
import { closeStores } from '../../nodes/harness/environment';
import { send } from '../../nodes/PostbackTrigger/webhookContext';
import { entrance, must } from '../support/entrance';
import { hostileText } from '../support/texts';
import { contentType, hitBody } from './hits';

/** What Node.js lets into a header. */
export const headerText = hostileText.map((text) =>
	text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').slice(0, 8_000),
);

/** Events as they are, and of these one kind alone. */
const OPENINGS = {
	events: 'conditions',
	conditions: {
		condition: [{ kind: 'other', otherKey: 'user.name', otherMatcher: 'ex', value: '' }],
	},
};

export const postbackTrigger = entrance({
	name: 'requests to Postback Trigger',
	inputs: fc.record({
		method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT'),
		body: hitBody,
		type: contentType,
		query: headerText,
		key: fc.option(headerText, { nil: undefined }),
		authentication: fc.constantFrom(
			'none',
			'none',
			'none',
			'bearerToken',
			'headerAuth',
			'signature',
		),
		credential: headerText,
		emit: fc.constantFrom({}, {}, { emit: 'event' }, { emit: 'event', ...OPENINGS }),
		settings: fc.constantFrom(
			{},
			{ deduplicateBy: 'header' },
			{ deduplicateBy: 'hitKey', deduplicationKey: 'id' },
		),
	}),
	take: async ({ method, body, type, query, key, authentication, credential, settings, emit }) => {
		const answer = await send({
			method,
			body,
			query,
			settings: { ...settings, maxHits: 50 },
			headers: {
				...(type === undefined ? {} : { 'content-type': type }),
				...(key === undefined ? {} : { 'idempotency-key': key }),
				authorization: credential,
				'x-key': credential,
				'webhook-id': credential,
				'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
				'webhook-signature': `v1,${credential}`,
			},
			parameters: {
				...emit,
				authentication,
				postbacks: {
					postback: [
						{
							name: 'P',
							active: true,
							url: 'https://a.example/{id}?u={user.name}',
							showRule: 'once',
							visitorKey: 'id',
						},
						{
							name: 'Q',
							active: true,
							url: 'https://b.example/',
							bodyFrom: 'jsonata',
							bodyExpression: '$',
						},
					],
				},
			},
			credentials: {
				postbackBearerTokenApi: { token: 'a-token-that-nobody-guesses' },
				postbackHeaderAuthApi: { headerName: 'X-Key', secretValue: 'a-value-that-nobody-guesses' },
				postbackSigningSecretApi: { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
			},
		});
		const wanted = authentication === 'none' ? [202, 400, 413] : [401];
		must(
			wanted.includes(answer.status),
			`answered ${answer.status} ${JSON.stringify(answer.body)}`,
		);
	},
	open: async () => closeStores,
});
