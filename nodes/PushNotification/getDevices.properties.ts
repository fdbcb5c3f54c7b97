import type { INodeProperties } from 'n8n-workflow';
import { ECID } from '../../lib/push/devices/device';

const byIdentity = { displayOptions: { show: { findBy: ['identity'] } } };

export const description: INodeProperties[] = [
	{
		displayName: 'Find By',
		name: 'findBy',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Identity', value: 'identity', description: "A device's own ID, such as its ECID" },
			{ name: 'Profile Key', value: 'profile' },
		],
		default: 'profile',
	},
	{
		displayName: 'Profile Key',
		name: 'deviceProfile',
		type: 'string',
		default: '',
		placeholder: '{{ $json.profileKey }}',
		displayOptions: { show: { findBy: ['profile'] } },
		description: 'As the devices were registered under',
	},
	{
		displayName: 'Identity Namespace',
		name: 'deviceNamespace',
		type: 'string',
		default: ECID,
		...byIdentity,
	},
	{
		displayName: 'Identity',
		name: 'deviceIdentity',
		type: 'string',
		default: '',
		placeholder: '{{ $json.ecid }}',
		...byIdentity,
	},
	{
		displayName: 'Include Denylisted',
		name: 'includeDenylisted',
		type: 'boolean',
		default: true,
		description: 'Whether to give devices too whose token is no longer good, with time and reason',
	},
];
