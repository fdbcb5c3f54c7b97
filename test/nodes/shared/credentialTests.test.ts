import type { ICredentialDataDecryptedObject, ICredentialTestFunctions } from 'n8n-workflow';
import {
	testBearerToken,
	testDeliveryStore,
	testHeaderAuth,
	testSigningSecret,
} from '../../../nodes/shared/credentialTests';

type Data = ICredentialDataDecryptedObject | undefined;
type Test = typeof testBearerToken;

const ask = async (test: Test, data: Data) =>
	await test.call({} as ICredentialTestFunctions, { id: '1', name: 'c', type: 't', data });

const key = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64');

describe('fine', () => {
	const fine: [string, Test, Data, RegExp][] = [
		['an embedded store', testDeliveryStore, { database: 'embedded', maxSizeMb: 0 }, /embedded/],
		['an embedded store with a limit', testDeliveryStore, { maxSizeMb: 500 }, /embedded/],
		['a bearer token', testBearerToken, { token: 'abc', allowedDomains: '' }, /can be sent/],
		[
			'one with allowed domains',
			testBearerToken,
			{ token: 'abc', allowedDomains: 'a.example, *.b.example\n10.0.0.0/8' },
			/can be sent/,
		],
		['a header', testHeaderAuth, { headerName: 'X-Api-Key', secretValue: 'k v' }, /can be sent/],
		['a secret', testSigningSecret, { secret: `whsec_${key(24)}` }, /sign and verify/],
		[
			'a secret without its prefix, with spaces around',
			testSigningSecret,
			{ secret: ` ${key(24)} ` },
			/sign and verify/,
		],
		[
			'two secrets',
			testSigningSecret,
			{ secret: `whsec_${key(24)}`, previousSecret: `whsk_${key(32)}` },
			/sign and verify/,
		],
		[
			'a public key',
			testSigningSecret,
			{ secret: `whpk_${'BhtRwE4QVtMbKG+T6Py8DMqDOyUOXCP7LOOUuQ+hPQk='}` },
			/can verify; a public key cannot sign/,
		],
	];

	test.each(fine)('%s', async (_name, test1, data, expected) => {
		expect(await ask(test1, data)).toEqual({
			status: 'OK',
			message: expect.stringMatching(expected) as string,
		});
	});
});

describe('refused, each in words of its own', () => {
	const refused: [string, Test, Data, RegExp][] = [
		['a store with a size below zero', testDeliveryStore, { maxSizeMb: -1 }, /Maximum Size \(MB\)/],
		['no token', testBearerToken, { token: ' ' }, /Bearer Token is empty/],
		['nothing at all', testBearerToken, undefined, /Bearer Token is empty/],
		['a token with the word in front', testBearerToken, { token: 'Bearer abc' }, /leave it out/],
		[
			'a token with a line break',
			testBearerToken,
			{ token: 'a\nb' },
			/characters that no header can/,
		],
		[
			'allowed domains that are URLs',
			testBearerToken,
			{ token: 'a', allowedDomains: 'https://a.example' },
			/"https:\/\/a\.example" is a URL/,
		],
		[
			'an allowed domain that is everything',
			testBearerToken,
			{ token: 'a', allowedDomains: '*' },
			/every host/,
		],
		[
			'a header without a name',
			testHeaderAuth,
			{ headerName: '', secretValue: 'v' },
			/header name "" is none/,
		],
		[
			'a header with a name that none can have',
			testHeaderAuth,
			{ headerName: 'X Key', secretValue: 'v' },
			/header name "x key" is none/,
		],
		[
			'a header without a value',
			testHeaderAuth,
			{ headerName: 'X-Key', secretValue: '' },
			/value for the header "x-key" is empty/,
		],
		[
			'a header with bad domains',
			testHeaderAuth,
			{ headerName: 'X-Key', secretValue: 'v', allowedDomains: 'a b' },
			/"a b" is no host/,
		],
		['no secret', testSigningSecret, { secret: ' ' }, /At least one signing secret/],
		['a secret that is no base64', testSigningSecret, { secret: 'whsec_?' }, /Secret 1 is not/],
		[
			'a previous secret that is none',
			testSigningSecret,
			{ secret: `whsec_${key(24)}`, previousSecret: '?' },
			/Secret 2 is not/,
		],
		[
			'an ed25519 key of the wrong length',
			testSigningSecret,
			{ secret: `whsk_${key(31)}` },
			/31 bytes/,
		],
	];

	test.each(refused)('%s', async (_name, test1, data, expected) => {
		expect(await ask(test1, data)).toEqual({
			status: 'Error',
			message: expect.stringMatching(expected) as string,
		});
	});

	test('no two of them say the same', async () => {
		const distinct = new Set(
			await Promise.all(
				refused
					.filter(([name]) => name !== 'nothing at all')
					.map(async ([, test1, data]) => (await ask(test1, data)).message),
			),
		);
		expect(distinct.size).toBe(refused.length - 1);
	});

	test('a value is never repeated', async () => {
		const asked: [Test, ICredentialDataDecryptedObject][] = [
			[testBearerToken, { token: 'se\ncret' }],
			[testHeaderAuth, { headerName: 'X', secretValue: 'se\ncret' }],
			[testSigningSecret, { secret: 'whsec_se?cret' }],
		];
		for (const [test1, data] of asked) {
			const { status, message } = await ask(test1, data);
			expect(status).toBe('Error');
			expect(message).not.toMatch(/se.cret/s);
		}
	});
});
