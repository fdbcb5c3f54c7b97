import type { INodeProperties } from 'n8n-workflow';
import { allowedHostsField } from './allowedHosts';

/** The fields of both OAuth2 credentials, named as Experience Platform's HTTP API destination names them. */
export const clientFields: INodeProperties[] = [
	{
		displayName: 'Access Token URL',
		name: 'accessTokenUrl',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'https://auth.example.com/oauth/token',
		description: 'Where the server issues access tokens and, if it does, refresh tokens',
	},
	{
		displayName: 'Client ID',
		name: 'clientId',
		type: 'string',
		default: '',
		required: true,
	},
	{
		displayName: 'Client Secret',
		name: 'clientSecret',
		type: 'string',
		typeOptions: { password: true },
		default: '',
	},
];

/** How the client names itself to the token endpoint. */
export const clientCredentialsTypeFields: INodeProperties[] = [
	{
		displayName: 'Client Credentials Type',
		name: 'clientCredentialsType',
		type: 'options',
		options: [
			{
				name: 'Basic Authorization',
				value: 'basic',
				description: 'Client ID and secret stand in an Authorization header',
			},
			{
				name: 'Body Form Encoded',
				value: 'body',
				description: 'Client ID and secret stand in the body of the token request',
			},
		],
		default: 'body',
		description: 'Which of the two the server of the access tokens wants',
	},
	{
		displayName: 'Raw Basic Authorization',
		name: 'rawBasic',
		type: 'boolean',
		default: false,
		displayOptions: { show: { clientCredentialsType: ['basic'] } },
		description:
			'Whether to leave out the URL-encoding of ID and secret that the OAuth2 standard asks for. Only of consequence when one of them holds characters other than letters and digits, and the server refuses them.',
	},
];

/** What not every server needs, and where the token may go. */
export const furtherFields: INodeProperties[] = [
	{
		displayName: 'Scope',
		name: 'scope',
		type: 'string',
		default: '',
		placeholder: 'profiles.write events.write',
		description: 'Scopes to ask for, separated by spaces',
	},
	{
		displayName: 'Extra Body Parameters',
		name: 'extraBodyParameters',
		type: 'string',
		default: '',
		placeholder: 'audience=https%3A%2F%2Fapi.example.com&resource=profiles',
		description:
			'Parameters that the token endpoint wants besides, URL-encoded and separated by &amp;',
	},
	{
		displayName: 'Refresh On Statuses',
		name: 'refreshOnStatuses',
		type: 'string',
		default: '',
		placeholder: '403, 498',
		description:
			'Statuses besides 401 and 407 by which the receiver says that a token has expired. The token is renewed then, and the message sent once more.',
	},
	{
		displayName: 'Allowed Domains',
		name: 'allowedDomains',
		type: 'string',
		default: '',
		placeholder: 'api.example.com, *.example.org',
		description:
			'Hosts that may receive the access token, separated by commas. The host of a URL that stands literally in the sending node is allowed anyway; hosts that come from a workflow item need to be listed here.',
	},
	allowedHostsField(
		'Applies to the Access Token URL; receivers have such a list under the options of the sending node.',
	),
];
