import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';
import { clientCredentialsTypeFields, clientFields, furtherFields } from './shared/oauth2Fields';

/** Access tokens that a client gets in its own name (RFC 6749, 4.4). */
export class PostbackOAuth2ClientCredentialsOAuth2Api implements ICredentialType {
	name = 'postbackOAuth2ClientCredentialsOAuth2Api';

	displayName = 'OAuth2 Client Credentials API';

	documentationUrl =
		'https://github.com/n8n-nodes-postback/n8n-nodes-postback/blob/main/docs/credentials.md#oauth2-client-credentials';

	icon: Icon = {
		light: 'file:icons/postbackOAuth2ClientCredentialsOAuth2Api.svg',
		dark: 'file:icons/postbackOAuth2ClientCredentialsOAuth2Api.dark.svg',
	};

	testedBy = 'httpDelivery';

	properties: INodeProperties[] = [
		...clientFields,
		...clientCredentialsTypeFields,
		...furtherFields,
	];
}
