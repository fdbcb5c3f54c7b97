import type { ICredentialDataDecryptedObject, ICredentialTestFunctions } from 'n8n-workflow';
import { testReactor, testRemoteCallback } from '../../../nodes/shared/reactorCredentialTests';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { credentialsFor, SECRETS } from '../CallbackTrigger/support';
import '../harness/environment';
import { closeServers } from '../../lib/transport/support/servers';
import { startReactorDouble, type ReactorDoubleOptions } from '../../support/reactorDouble';

afterEach(async () => {
	await closeDispatchers();
	await closeServers();
});

type Test = typeof testReactor;
type Data = ICredentialDataDecryptedObject;

async function ask(test: Test, type: string, options: ReactorDoubleOptions, more: Data) {
	const double = await startReactorDouble(options);
	const data = { ...credentialsFor(double)[type], ...more };
	const result = await test.call({} as ICredentialTestFunctions, {
		id: '1',
		name: 'c',
		type,
		data,
	});
	for (const secret of SECRETS) expect(result.message).not.toContain(secret);
	return { double, result };
}

const adobe = async (more: Data = {}, options: ReactorDoubleOptions = {}) =>
	await ask(testReactor, 'postbackReactorApi', options, more);
const remote = async (more: Data = {}, options: ReactorDoubleOptions = {}) =>
	await ask(
		testRemoteCallback,
		'postbackRemoteCallbackApi',
		{ bearerOnly: true, ...options },
		more,
	);

describe('saving a credential for Adobe asks for a token, and then the API', () => {
	test('and says what it sees', async () => {
		const { double, result } = await adobe();
		expect(result).toEqual({
			status: 'OK',
			message: expect.stringMatching(/^Adobe issued an access token, and it sees CO/) as string,
		});
		expect(double.tokensIssued).toBe(1);
	});

	test.each<[string, Data, ReactorDoubleOptions, RegExp]>([
		['a wrong client', { clientId: 'other' }, {}, /says invalid_client.*check Client ID/],
		[
			'another organisation',
			{ organizationId: 'X@AdobeOrg' },
			{},
			/^Adobe issued an access token, but .* answered 403.*Organization ID/,
		],
		['no organisation', { organizationId: ' ' }, {}, /^Organization ID is empty/],
		['no secret', { clientSecret: '' }, {}, /^Client Secret is empty/],
		['no base URL', { baseUrl: 'reactor' }, {}, /^Base URL is no absolute https or http URL/],
		['a base URL with a user', { baseUrl: 'https://a:b@c.example' }, {}, /^Base URL holds a user/],
		[
			'a private host',
			{ allowedHosts: '' },
			{},
			/127\.0\.0\.1 may not be sent to.*Allowed Private/,
		],
		[
			'a line break in the organisation',
			{ organizationId: 'a\r\nb' },
			{},
			/^Organization ID holds/,
		],
	])('and tells what is wrong: %s', async (_name, data, options, message) => {
		const { result } = await adobe(data, options);
		expect(result).toEqual({ status: 'Error', message: expect.stringMatching(message) as string });
	});
});

describe('saving a credential for another n8n asks it', () => {
	test('and says that it accepts the token', async () => {
		const { result } = await remote();
		expect(result).toEqual({
			status: 'OK',
			message: expect.stringMatching(
				/^The service accepts the token\. It is asked over http/,
			) as string,
		});
	});

	test.each<[string, Data, RegExp]>([
		['a wrong token', { token: 'nonsense' }, /answered 401: Authentication Failure/],
		['no token', { token: '' }, /^Access Token is empty/],
		['the word Bearer', { token: 'Bearer x' }, /leave it out, it is added/],
		['no URL', { baseUrl: '' }, /^Base URL is empty/],
	])('and tells what is wrong: %s', async (_name, data, message) => {
		const { result } = await remote(data);
		expect(result).toEqual({ status: 'Error', message: expect.stringMatching(message) as string });
	});

	test('and tells a 404 of n8n itself from one of the service', async () => {
		const { result } = await remote(
			{},
			{ instead: () => (_request, response) => void response.writeHead(404).end('{"code":404}') },
		);
		expect(result.message).toMatch(
			/answered 404 with JSON that is not of this API; check Base URL/,
		);
	});
});
