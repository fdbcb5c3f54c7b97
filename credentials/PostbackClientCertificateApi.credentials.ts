import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** A certificate that receivers ask for (mutual TLS). */
export class PostbackClientCertificateApi implements ICredentialType {
	name = 'postbackClientCertificateApi';

	displayName = 'Client Certificate API';

	documentationUrl =
		'https://github.com/n8n-nodes-postback/n8n-nodes-postback/blob/main/docs/credentials.md#client-certificate';

	icon: Icon = {
		light: 'file:icons/postbackClientCertificateApi.svg',
		dark: 'file:icons/postbackClientCertificateApi.dark.svg',
	};

	testedBy = 'httpDelivery';

	properties: INodeProperties[] = [
		{
			displayName: 'Certificate',
			name: 'chain',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			required: true,
			placeholder: '-----BEGIN CERTIFICATE-----',
			description: 'PEM; certificates of intermediate authorities may follow it',
		},
		{
			displayName: 'Private Key',
			name: 'privateKey',
			type: 'string',
			typeOptions: { rows: 4, password: true },
			default: '',
			required: true,
			placeholder: '-----BEGIN PRIVATE KEY-----',
			description: 'PEM, encrypted or not',
		},
		{
			displayName: 'Passphrase',
			name: 'passphrase',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Of the private key, where it is encrypted',
		},
		{
			displayName: 'Certificate Authorities',
			name: 'authorities',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			placeholder: '-----BEGIN CERTIFICATE-----',
			description:
				'PEM; for receivers whose own certificate comes from a private authority. Where it is given, no other authority is trusted.',
		},
		{
			displayName: 'Allowed Domains',
			name: 'allowedDomains',
			type: 'string',
			default: '',
			placeholder: 'api.example.com, *.example.org',
			description:
				'Hosts that may be shown this certificate, separated by commas. The host of a URL that stands literally in the sending node is allowed anyway; hosts that come from a workflow item need to be listed here.',
		},
	];
}
