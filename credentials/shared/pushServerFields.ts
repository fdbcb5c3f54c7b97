import type { INodeProperties } from 'n8n-workflow';

/** For whoever sends through a server of their own; empty for everyone else. */
export const serverFields = (placeholder: string): INodeProperties[] => [
	{
		displayName: 'Server',
		name: 'server',
		type: 'string',
		default: '',
		placeholder,
		description:
			"Another address than the provider's own, such as another port or a relay. Empty: the provider's own.",
	},
	{
		displayName: 'Allowed Private Hosts',
		name: 'allowedHosts',
		type: 'string',
		default: '',
		placeholder: 'relay.internal.example, 10.1.0.0/16, localhost:8080',
		description:
			'Hosts, addresses and networks where that server may be on a private network or on this machine, separated by commas. They are refused otherwise.',
	},
	{
		displayName: 'Certificate Authorities',
		name: 'authorities',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		placeholder: '-----BEGIN CERTIFICATE-----',
		description:
			"PEM; for a server whose certificate comes from a private authority. Where it is given, no other authority is trusted. Leave it empty for the provider's own.",
	},
];
