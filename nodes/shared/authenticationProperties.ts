import type { INodeCredentialDescription, INodeProperties } from 'n8n-workflow';

/** Fields for what a sender shows to receivers; behind each choice stands a credential. */
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

type CredentialUse = Pick<INodeCredentialDescription, 'required' | 'displayOptions'>;

/**
 * When the credential behind a choice of "Authentication" is asked for.
 * @param also what must hold besides, by field
 */
export const forAuthentication = (
	choice: string,
	also: Record<string, string[]> = {},
): CredentialUse => ({
	required: true,
	displayOptions: { show: { ...also, authentication: [choice] } },
});

/** When a client certificate is asked for. */
export const forClientCertificate = (also: Record<string, string[]> = {}): CredentialUse => ({
	required: true,
	displayOptions: { show: { ...also, clientCertificate: [true] } },
});
