import type { INodeProperties } from 'n8n-workflow';

/** Options of a trigger that can take requests at a port of its own. */
export const ownPortOptions: INodeProperties[] = [
	{
		displayName: 'Own Port',
		name: 'ownPort',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 65535 },
		default: 0,
		placeholder: '5690',
		description:
			"Takes requests at this port too, past n8n's webhook layer, which is many times faster for hits that come one by one. The path, authentication and answers are the same, and triggers may share a port. 0 means none. In Docker, publish the port as well.",
	},
	{
		displayName: 'Own Port Address',
		name: 'ownPortAddress',
		type: 'string',
		default: '',
		placeholder: '127.0.0.1',
		description:
			'The address of this machine at which the port is open; empty means all. The port speaks HTTP: put a reverse proxy with TLS in front of it where the network is not yours.',
	},
];
