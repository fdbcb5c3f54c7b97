import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';
import { clientCredentialsTypeFields, clientFields, furtherFields } from './shared/oauth2Fields';

/** Access tokens that a client gets with a user's name and password (RFC 6749, 4.3). */
export class PostbackOAuth2PasswordGrantOAuth2Api implements ICredentialType {
	name = 'postbackOAuth2PasswordGrantOAuth2Api';

	displayName = 'OAuth2 Password Grant API';

	documentationUrl =
		'https://github.com/n8n-nodes-postback/n8n-nodes-postback/blob/main/docs/credentials.md#oauth2-password-grant';

	icon: Icon = {
		light: 'file:icons/postbackOAuth2PasswordGrantOAuth2Api.svg',
		dark: 'file:icons/postbackOAuth2PasswordGrantOAuth2Api.dark.svg',
	};

	testedBy = 'httpDelivery';

	properties: INodeProperties[] = [
		...clientFields,
		{
			displayName: 'Username',
			name: 'username',
			type: 'string',
			default: '',
			required: true,
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
		},
		...clientCredentialsTypeFields,
		...furtherFields,
	];
}
