import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';
import { allowedHostsField } from './shared/allowedHosts';

/** Another n8n that serves callbacks with Callback API Trigger. */
export class PostbackRemoteCallbackApi implements ICredentialType {
	name = 'postbackRemoteCallbackApi';

	displayName = 'Remote Callback API';

	documentationUrl =
		'https://github.com/n8n-nodes-postback/n8n-nodes-postback/blob/main/docs/credentials.md#remote-callback-api';

	icon: Icon = {
		light: 'file:icons/postbackRemoteCallbackApi.svg',
		dark: 'file:icons/postbackRemoteCallbackApi.dark.svg',
	};

	testedBy = 'callbackSubscribe';

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'https://n8n.example.com/webhook/callbacks',
			description: "As the other n8n's Callback API Trigger shows it",
		},
		{
			displayName: 'Access Token',
			name: 'token',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'One of its tokens; without the word Bearer',
		},
		allowedHostsField('Applies to the Base URL.'),
	];
}
