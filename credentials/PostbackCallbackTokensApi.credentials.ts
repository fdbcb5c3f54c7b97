import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** The tokens with which others may use a callbacks API that this n8n serves. */
export class PostbackCallbackTokensApi implements ICredentialType {
	name = 'postbackCallbackTokensApi';

	displayName = 'Callback Tokens API';

	documentationUrl =
		'https://github.com/n8n-nodes-postback/n8n-nodes-postback/blob/main/docs/credentials.md#callback-tokens';

	icon: Icon = {
		light: 'file:icons/postbackCallbackTokensApi.svg',
		dark: 'file:icons/postbackCallbackTokensApi.dark.svg',
	};

	testedBy = 'callbackApiTrigger';

	properties: INodeProperties[] = [
		{
			displayName: 'Tokens',
			name: 'holders',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add Token',
			default: { token: [{ name: '', token: '', access: 'all', properties: '' }] },
			options: [
				{
					displayName: 'Token',
					name: 'token',
					values: [
						{
							displayName: 'Name',
							name: 'name',
							type: 'string',
							default: '',
							placeholder: 'Partner A',
							description: 'Says who made a change',
						},
						{
							displayName: 'Token',
							name: 'token',
							type: 'string',
							typeOptions: { password: true },
							default: '',
							description:
								'At least 16 characters. Or sha256: and the digest of the token in hexadecimal digits, so that the token itself is nowhere in n8n.',
						},
						{
							displayName: 'Access',
							name: 'access',
							type: 'options',
							options: [
								{ name: 'All Properties', value: 'all' },
								{ name: 'Some Properties', value: 'some' },
							],
							default: 'all',
						},
						{
							displayName: 'Properties',
							name: 'properties',
							type: 'string',
							default: '',
							displayOptions: { show: { access: ['some'] } },
							placeholder: 'Shop, PR5e22de986a7c4070965e7546b2bb108d',
							description:
								'Names or IDs of properties, separated by commas. To the holder of this token there are no others.',
						},
					],
				},
			],
		},
	];
}
