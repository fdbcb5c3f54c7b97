import type { INodeCredentialDescription, INodeProperties } from 'n8n-workflow';

/** Fields for what a sender shows to receivers; behind each choice stands one of {@link senderCredentials}. */
export const authenticationProperties: INodeProperties[] = [
	{
		displayName: 'Authentication',
		name: 'authentication',
		type: 'options',
		options: [
			{ name: 'Bearer Token', value: 'bearerToken' },
			{ name: 'Header', value: 'headerAuth' },
			{ name: 'None', value: 'none' },
			{ name: 'OAuth2 Client Credentials', value: 'oAuth2ClientCredentials' },
			{ name: 'OAuth2 Password', value: 'oAuth2Password' },
		],
		default: 'none',
	},
	{
		displayName: 'Client Certificate',
		name: 'clientCertificate',
		type: 'boolean',
		default: false,
		description:
			'Whether to show a certificate to receivers that ask for one (mutual TLS), whatever the authentication',
	},
];

/** The credentials behind those choices. */
export const senderCredentials: INodeCredentialDescription[] = [
	{
		name: 'postbackBearerTokenApi',
		required: true,
		displayOptions: { show: { authentication: ['bearerToken'] } },
		testedBy: 'testBearerToken',
	},
	{
		name: 'postbackHeaderAuthApi',
		required: true,
		displayOptions: { show: { authentication: ['headerAuth'] } },
		testedBy: 'testHeaderAuth',
	},
	{
		name: 'postbackOAuth2ClientCredentialsOAuth2Api',
		required: true,
		displayOptions: { show: { authentication: ['oAuth2ClientCredentials'] } },
		testedBy: 'testOAuth2ClientCredentials',
	},
	{
		name: 'postbackOAuth2PasswordGrantOAuth2Api',
		required: true,
		displayOptions: { show: { authentication: ['oAuth2Password'] } },
		testedBy: 'testOAuth2PasswordGrant',
	},
	{
		name: 'postbackClientCertificateApi',
		required: true,
		displayOptions: { show: { clientCertificate: [true] } },
		testedBy: 'testClientCertificate',
	},
];
