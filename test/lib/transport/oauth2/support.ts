import { systemClock, type Clock } from '../../../../lib/clock';
import { createScrubber } from '../../../../lib/delivery/masking';
import type { Authentication, HeaderPatch } from '../../../../lib/transport/authentication';
import { closeDispatchers, getDispatcher } from '../../../../lib/transport/dispatcher';
import { oauth2Authentication } from '../../../../lib/transport/oauth2/oauth2Authentication';
import {
	readOAuth2Settings,
	readRefreshStatuses,
	type OAuth2Fields,
	type OAuth2Settings,
} from '../../../../lib/transport/oauth2/settings';
import { tokenEndpointGuard } from '../../../../lib/transport/oauth2/tokenEndpoint';
import type { TokenRequestMeans } from '../../../../lib/transport/oauth2/tokenRequest';
import { forgetTokens } from '../../../../lib/transport/oauth2/tokenStates';
import {
	closeServers,
	startReceiver,
	type Answer,
	type Received,
	type TestServer,
} from '../support/servers';

export const CLIENT_SECRET = 'cs_7Fjfp0ZBr1KtDRbnfVdmIw';
export const PASSWORD = 'pw_A3ddj3w_horse';

/** For `afterEach`. */
export async function forgetEverything(): Promise<void> {
	forgetTokens();
	await closeDispatchers();
	await closeServers();
}

export function fieldsFor(server: TestServer, overrides: Partial<OAuth2Fields> = {}): OAuth2Fields {
	return {
		grant: 'clientCredentials',
		accessTokenUrl: `${server.origin}/token`,
		clientId: 's6BhdRkqt3',
		clientSecret: CLIENT_SECRET,
		clientCredentialsType: 'body',
		...overrides,
	};
}

export const settingsFor = (
	server: TestServer,
	overrides: Partial<OAuth2Fields> = {},
): OAuth2Settings => readOAuth2Settings(fieldsFor(server, overrides));

export function meansFor(
	clock: Clock = systemClock,
	allowedHosts = ['127.0.0.1'],
): TokenRequestMeans {
	return {
		dispatcher: getDispatcher({
			guard: tokenEndpointGuard({ allowedHosts }),
			connectionsPerOrigin: 2,
			proxy: 'none',
		}),
		clock,
		scrubberOf: createScrubber,
	};
}

/** What an execution makes of a credential. */
export function authenticationFor(
	server: TestServer,
	overrides: Partial<OAuth2Fields> = {},
	{ clock = systemClock, refreshOn = '' } = {},
): Authentication {
	return oauth2Authentication({
		settings: settingsFor(server, overrides),
		scope: { allowedDomains: ['127.0.0.1', 'api.example'] },
		refreshOn: readRefreshStatuses(refreshOn),
		means: meansFor(clock),
	});
}

export const formOf = ({ body }: Received) =>
	Object.fromEntries(new URLSearchParams(body.toString()));

export const json =
	(status: number, value: unknown, headers: Record<string, string> = {}): Answer =>
	(_request, response) => {
		response
			.writeHead(status, { 'content-type': 'application/json', ...headers })
			.end(JSON.stringify(value));
	};

/** Issues `tok_issued_1`, `tok_issued_2`, … */
export async function startIssuer(
	fields: Record<string, unknown> | ((nth: number) => Record<string, unknown>) = {},
): Promise<TestServer> {
	let issued = 0;
	return await startReceiver((request, response, message) => {
		issued++;
		const more = typeof fields === 'function' ? fields(issued) : fields;
		const token = { access_token: `tok_issued_${issued}`, token_type: 'Bearer', ...more };
		json(200, token)(request, response, message);
	});
}

/** Lets 200 pass for this token, and refuses every other. */
export const wantsToken =
	(token: string, status = 401): Answer =>
	({ headers }, response) => {
		const right = headers.authorization === `Bearer ${token}`;
		response.writeHead(right ? 200 : status).end(`got ${headers.authorization}`);
	};

export const ANYWHERE = new URL('https://api.example/x');

export const tokenOf = async (authentication: Authentication) =>
	(await authentication.apply(ANYWHERE)).authorization;

export const renew = async (authentication: Authentication, refused: HeaderPatch, status = 401) =>
	await authentication.refresh?.(status, refused);

/** The grants that were asked for, in turn. */
export const grantsOf = ({ received }: TestServer) => received.map((one) => formOf(one).grant_type);

/** Answers in turn; the last one from then on. */
export function inTurn(...answers: Answer[]): Answer {
	let at = 0;
	return (...all) => answers[Math.min(at++, answers.length - 1)](...all);
}

export const issues = (token: string, more = {}) =>
	json(200, { access_token: token, token_type: 'Bearer', ...more });
