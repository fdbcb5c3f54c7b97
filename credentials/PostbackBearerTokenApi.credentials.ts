import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** A bearer token for receivers, or for callers of a trigger. */
export class PostbackBearerTokenApi implements ICredentialType {
	name = 'postbackBearerTokenApi';

	displayName = 'Bearer Token API';

	documentationUrl =
		'https://github.com/n8n-nodes-postback/n8n-nodes-postback/blob/main/docs/credentials.md#bearer-token';

	icon: Icon = {
		light: 'file:icons/postbackBearerTokenApi.svg',
		dark: 'file:icons/postbackBearerTokenApi.dark.svg',
	};

	testedBy = 'httpDelivery';

	properties: INodeProperties[] = [
		{
			displayName: 'Bearer Token',
			name: 'token',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'Sent as "Authorization: Bearer …"; without the word Bearer',
		},
		{
			displayName: 'Allowed Domains',
			name: 'allowedDomains',
			type: 'string',
			default: '',
			placeholder: 'api.example.com, *.example.org',
			description:
				'Hosts that may receive this token, separated by commas. The host of a URL that stands literally in the sending node is allowed anyway; hosts that come from a workflow item need to be listed here.',
		},
	];
}
