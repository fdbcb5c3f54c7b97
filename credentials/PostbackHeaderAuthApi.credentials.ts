import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** A header with a secret value, such as an API key. */
export class PostbackHeaderAuthApi implements ICredentialType {
	name = 'postbackHeaderAuthApi';

	displayName = 'Header Auth API';

	documentationUrl =
		'https://github.com/n8n-nodes-postback/n8n-nodes-postback/blob/main/docs/credentials.md#header-auth';

	icon: Icon = {
		light: 'file:icons/postbackHeaderAuthApi.svg',
		dark: 'file:icons/postbackHeaderAuthApi.dark.svg',
	};

	testedBy = 'httpDelivery';

	properties: INodeProperties[] = [
		{
			displayName: 'Header Name',
			name: 'headerName',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'X-Api-Key',
		},
		{
			displayName: 'Header Value',
			name: 'secretValue',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
		},
		{
			displayName: 'Allowed Domains',
			name: 'allowedDomains',
			type: 'string',
			default: '',
			placeholder: 'api.example.com, *.example.org',
			description:
				'Hosts that may receive this header, separated by commas. The host of a URL that stands literally in the sending node is allowed anyway; hosts that come from a workflow item need to be listed here.',
		},
	];
}
