import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';
import { allowedHostsField } from './shared/allowedHosts';

/** Adobe's Reactor API: tokens of Adobe IMS by client credentials, and the headers that name the caller. */
export class PostbackReactorApi implements ICredentialType {
	name = 'postbackReactorApi';

	displayName = 'Adobe Reactor API';

	documentationUrl =
		'https://github.com/n8n-nodes-postback/n8n-nodes-postback/blob/main/docs/credentials.md#adobe-reactor';

	icon: Icon = {
		light: 'file:icons/postbackReactorApi.svg',
		dark: 'file:icons/postbackReactorApi.dark.svg',
	};

	testedBy = 'callbackSubscribe';

	properties: INodeProperties[] = [
		{
			displayName: 'Client ID',
			name: 'clientId',
			type: 'string',
			default: '',
			required: true,
			description:
				"From a project in Adobe Developer Console with the API of tags (Reactor, formerly Launch) and OAuth Server-to-Server. It is the API's key too.",
		},
		{
			displayName: 'Client Secret',
			name: 'clientSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
		},
		{
			displayName: 'Organization ID',
			name: 'organizationId',
			type: 'string',
			default: '',
			required: true,
			placeholder: '01C20D883A7D42080A494212@AdobeOrg',
			description: 'Of the same project; it ends with @AdobeOrg',
		},
		{
			displayName: 'Scope',
			name: 'scope',
			type: 'string',
			default:
				'AdobeID,openid,read_organizations,additional_info.job_function,additional_info.projectedProductContext,additional_info.roles',
			description: 'As the project shows them, separated by commas',
		},
		{
			displayName: 'Access Token URL',
			name: 'accessTokenUrl',
			type: 'string',
			default: 'https://ims-na1.adobelogin.com/ims/token/v3',
			required: true,
			description: 'Where Adobe IMS issues access tokens',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://reactor.adobe.io',
			required: true,
		},
		allowedHostsField('Applies to a stand-in of the API or of its token server.'),
	];
}
