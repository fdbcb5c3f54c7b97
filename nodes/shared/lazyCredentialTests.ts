import type * as CallbackTokens from '../CallbackApiTrigger/tokens';
import type * as Tests from './credentialTests';
import { lazily, methodsOf } from './lazily';
import type * as PushTests from './pushCredentialTests';
import type * as ReactorTests from './reactorCredentialTests';

/** The tests of credentials as n8n asks for them, by the names in `testedBy`. */
export const credentialTests = {
	...methodsOf(
		lazily(() => require('./credentialTests') as typeof Tests),
		[
			'testBearerToken',
			'testClientCertificate',
			'testDeliveryStore',
			'testHeaderAuth',
			'testOAuth2ClientCredentials',
			'testOAuth2PasswordGrant',
			'testSigningSecret',
		],
	),
	...methodsOf(
		lazily(() => require('./reactorCredentialTests') as typeof ReactorTests),
		['testReactor', 'testRemoteCallback'],
	),
	...methodsOf(
		lazily(() => require('./pushCredentialTests') as typeof PushTests),
		['testApns', 'testFcm'],
	),
	...methodsOf(
		lazily(() => require('../CallbackApiTrigger/tokens') as typeof CallbackTokens),
		['testCallbackTokens'],
	),
};
