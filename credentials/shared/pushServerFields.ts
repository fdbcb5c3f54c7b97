import type { INodeProperties } from 'n8n-workflow';
import { allowedHostsField } from './allowedHosts';

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
	allowedHostsField('Applies to the Server above.'),
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
