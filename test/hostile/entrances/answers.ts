import fc from 'fast-check';
import { documentOf, refusal } from '../../../lib/callbacks/reactor/answers';
import { ReactorError } from '../../../lib/callbacks/reactor/errors';
import { createScrubber } from '../../../lib/delivery/masking';
import { parseRetryAfter } from '../../../lib/delivery/retryAfter';
import { classifyAnswer } from '../../../lib/push/errors';
import { readFcmAnswer } from '../../../lib/push/fcm/answer';
import { readTokenAnswer as readFcmToken } from '../../../lib/push/fcm/tokenAnswer';
import type { FcmCredential } from '../../../lib/push/fcm/serviceAccount';
import { bodyExcerpt } from '../../../lib/transport/excerpt';
import type { ExchangeResult } from '../../../lib/transport/exchange';
import {
	readTokenAnswer,
	tidied,
	TokenRequestError,
} from '../../../lib/transport/oauth2/tokenAnswer';
import { entrance, must, refusable, refusableLater } from '../support/entrance';
import { damagedText, hostileText } from '../support/texts';
import { damaged, wireText } from '../support/values';

const SECRET = 'client-secret-of-the-test';
const scrub = createScrubber([SECRET]);
const HOST = 'api.example';

const status = fc.oneof(
	fc.constantFrom(200, 201, 204, 301, 400, 401, 403, 404, 408, 410, 429, 500, 503),
	fc.integer({ min: 100, max: 999 }),
);

const headersOf = fc.record({
	'retry-after': fc.option(
		fc.oneof(hostileText, fc.array(hostileText, { maxLength: 3 }), fc.constant('120')),
		{ nil: undefined },
	),
	'content-type': fc.option(hostileText, { nil: undefined }),
	'content-encoding': fc.constantFrom(undefined, 'gzip', 'identity', 'x\r\ny'),
});

/** What a server of somebody else answers: damaged JSON, HTML, bytes, half of it. */
function answersLike(
	...valid: readonly unknown[]
): fc.Arbitrary<ExchangeResult & { text: string }> {
	const text = fc.oneof(
		{ weight: 6, arbitrary: damaged(...valid).map(wireText) },
		{ weight: 2, arbitrary: damagedText(fc.constant(JSON.stringify(valid[0]))) },
		{ weight: 1, arbitrary: hostileText.map((inner) => `<!doctype html><p>${inner}`) },
	);
	return fc
		.record({
			statusCode: status,
			headers: headersOf,
			text,
			complete: fc.boolean(),
			echo: fc.boolean(),
		})
		.map(({ text: written, echo, ...rest }) => {
			const told = echo ? `${written}${SECRET}` : written;
			const body = Buffer.from(told);
			return { ...rest, body, receivedBytes: body.length, cancelled: false, text: told } as never;
		});
}

const isSilent = (text: string | undefined) =>
	must(!text?.includes(SECRET), 'a secret was repeated');

export const pushAnswers = entrance({
	name: 'answers of APNs and FCM',
	inputs: fc.tuple(
		answersLike(
			{
				error: {
					code: 404,
					status: 'NOT_FOUND',
					message: 'x',
					details: [
						{
							'@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError',
							errorCode: 'UNREGISTERED',
						},
					],
				},
			},
			{ error: 'UNREGISTERED' },
		),
		hostileText,
		fc.oneof(fc.double(), fc.constant(undefined)),
	),
	take: ([{ statusCode = 0, text, ...result }, reason, timestamp]) => {
		const token = { environmentKnown: true, registeredAt: 1 };
		const fcm = readFcmAnswer(statusCode, text);
		const apns = { provider: 'apns', statusCode, reason, timestamp } as const;
		for (const answer of [fcm, apns]) {
			const { code, reason: told } = classifyAnswer(answer as never, token);
			must(code.length <= 60 && /^[\w.-]+$/.test(code), `no code: ${code}`);
			must(told !== '' && told.length < 400, 'a reason without an end');
		}
		isSilent(bodyExcerpt({ statusCode, ...result }, scrub));
	},
});

export const fcmTokens = entrance({
	name: 'answers of Google’s token endpoint',
	inputs: answersLike(
		{ access_token: 'ya29.x', expires_in: 3599, token_type: 'Bearer' },
		{ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' },
	),
	take: (result) => {
		const credential = { tokenUrl: new URL(`https://${HOST}/token`) } as FcmCredential;
		const { ok, ...rest } = readFcmToken(result, credential, scrub);
		if (!ok) isSilent(JSON.stringify(rest));
	},
});

export const oauth2Tokens = entrance({
	name: 'answers of OAuth2 token endpoints',
	inputs: answersLike(
		{ access_token: 'abc', expires_in: 3600, token_type: 'Bearer', refresh_token: 'r' },
		{ error: 'invalid_client', error_description: `unknown ${SECRET}`, error_uri: 'https://x' },
	),
	take: async (result) => {
		const server = { issuer: `https://${HOST}`, token_endpoint: `https://${HOST}/token` };
		const said: string[] = [];
		await refusableLater(async () => {
			try {
				const response = tidied(result, HOST, scrub);
				const { accessToken } = await readTokenAnswer(server, { client_id: 'c' }, response, scrub);
				must(/^[\x21-\x7e]+$/.test(accessToken), 'a token that breaks out of its header');
			} catch (error) {
				if (error instanceof TokenRequestError) said.push(JSON.stringify(error.failure));
				throw error;
			}
		}, TokenRequestError);
		said.forEach(isSilent);
	},
});

export const reactorAnswers = entrance({
	name: 'answers of the Reactor API',
	inputs: answersLike(
		{
			data: { id: 'x', type: 'callbacks', attributes: {} },
			meta: { pagination: { next_page: 2 } },
		},
		{ errors: [{ title: 'Bad', code: 'bad', detail: SECRET, source: { pointer: '/data/x' } }] },
	),
	take: ({ text, ...result }) => {
		refusable(() => documentOf(result, text, HOST), ReactorError);
		const error = refusal(result, text, { host: HOST, scrub, now: Date.now() });
		isSilent(error.message + JSON.stringify(error.problems));
		must(error.message.length < 20_000, 'a message without an end');
	},
});

export const retryAfter = entrance({
	name: 'Retry-After',
	inputs: fc.oneof(
		damagedText(
			fc.constantFrom(
				'120',
				'1.5',
				'Wed, 21 Oct 2026 07:28:00 GMT',
				'Wednesday, 21-Oct-26 07:28:00 GMT',
				'Wed Oct  1 07:28:00 2026',
			),
		),
		fc.array(hostileText, { maxLength: 3 }),
		fc.nat().map(String),
	),
	take: (value) => {
		const delay = parseRetryAfter(value, Date.parse('2026-01-01T00:00:00Z'));
		must(delay === undefined || (Number.isFinite(delay) && delay >= 0), `a delay of ${delay} ms`);
	},
});
