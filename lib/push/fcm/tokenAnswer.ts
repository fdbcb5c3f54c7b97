import type { ExchangeResult } from '../../transport/exchange';
import { isPermanentErrorCode } from '../../transport/networkErrors';
import { secondsOf } from '../../transport/oauth2/tokenAnswer';
import type { TokenResult } from '../../transport/oauth2/tokenRequest';
import type { FcmCredential } from './serviceAccount';

type Scrub = (text: string) => string;

const LONGEST_TEXT = 300;

/** What to look at, by the error codes of RFC 6749, 5.2, as Google uses them for service accounts. */
const ADVICE: Readonly<Record<string, string>> = {
	invalid_grant:
		"the service account's key was deleted, the account does not exist any more, or this machine's clock is wrong",
	invalid_client: 'the service account is not known',
	unauthorized_client: 'the service account may not ask for tokens',
	invalid_scope: 'the service account may not send notifications',
};

/** Reads what a token endpoint answered to a service account. */
export function readTokenAnswer(
	result: ExchangeResult,
	{ tokenUrl }: FcmCredential,
	scrub: Scrub,
): TokenResult {
	const { host } = tokenUrl;
	const { statusCode, failure } = result;
	if (statusCode === undefined) {
		const { code, message } = failure ?? { code: 'NETWORK_ERROR', message: `${host} is not there` };
		return isPermanentErrorCode(code) ? refused(message, code) : unavailable(message);
	}
	const json = jsonOf(result);
	const said = clean(json?.error, scrub);
	if (statusCode === 408 || statusCode === 429 || statusCode >= 500) {
		return unavailable(`${host} answered ${statusCode}${said ? `: ${said}` : ''}`);
	}
	if (statusCode >= 300 && statusCode < 400) {
		return unavailable(`${host} answered ${statusCode}: redirects are not followed`);
	}
	if (!json) return unavailable(`${host} answered ${statusCode} with no JSON object`);
	if (said !== '') {
		const told = clean(json.error_description, scrub);
		const advice = Object.hasOwn(ADVICE, said) ? `; ${ADVICE[said]}` : '';
		return refused(`${host} says ${said}${told ? ` (${told})` : ''}${advice}`, 'TOKEN_REFUSED');
	}
	const accessToken = json.access_token;
	if (typeof accessToken !== 'string' || !/^[\x21-\x7e]+$/.test(accessToken)) {
		return unavailable(`${host} answered ${statusCode} without an access_token of use`);
	}
	const seconds = secondsOf(json.expires_in);
	const lifetime = seconds === undefined ? {} : { lifetimeMs: seconds * 1_000 };
	return { ok: true, token: { accessToken, ...lifetime } };
}

function refused(
	why: string,
	code: Extract<TokenResult, { ok: false }>['failure']['code'],
): TokenResult {
	return { ok: false, failure: { message: `No access token: ${why}`, verdict: 'dead', code } };
}

function unavailable(why: string): TokenResult {
	const message = `No access token: ${why}`;
	return { ok: false, failure: { message, verdict: 'retry', code: 'TOKEN_UNAVAILABLE' } };
}

function jsonOf({ body, complete }: ExchangeResult): Record<string, unknown> | undefined {
	if (!body || !complete) return undefined;
	try {
		const json: unknown = JSON.parse(body.toString('utf8'));
		const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
		return isObject ? (json as Record<string, unknown>) : undefined;
	} catch {
		return undefined;
	}
}

/** One line, without secrets, of bounded length. */
function clean(value: unknown, scrub: Scrub): string {
	if (typeof value !== 'string') return '';
	const line = scrub(value)
		.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
		.trim();
	return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}
