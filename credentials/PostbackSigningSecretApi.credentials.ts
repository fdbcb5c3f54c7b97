import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** Secrets for Standard Webhooks signatures, for signing and for verifying. */
export class PostbackSigningSecretApi implements ICredentialType {
	name = 'postbackSigningSecretApi';

	displayName = 'Webhook Signing Secret API';

	documentationUrl =
		'https://github.com/n8n-nodes-postback/n8n-nodes-postback/blob/main/docs/credentials.md#signing-secret';

	icon: Icon = {
		light: 'file:icons/postbackSigningSecretApi.svg',
		dark: 'file:icons/postbackSigningSecretApi.dark.svg',
	};

	testedBy = 'httpDelivery';

	properties: INodeProperties[] = [
		{
			displayName: 'Secret',
			name: 'secret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			placeholder: 'whsec_…',
			description:
				'A Standard Webhooks secret: whsec_ and base64 for HMAC-SHA256; for ed25519 whsk_ to sign and whpk_ to verify',
		},
		{
			displayName: 'Previous Secret',
			name: 'previousSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description:
				'While secrets are changed: messages carry a signature of each, and either is accepted',
		},
	];
}
