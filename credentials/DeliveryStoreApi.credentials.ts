import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** Where deliveries are kept. Without this credential the embedded store with its defaults is used. */
export class DeliveryStoreApi implements ICredentialType {
	name = 'deliveryStoreApi';

	displayName = 'Delivery Store API';

	documentationUrl =
		'https://github.com/n8n-nodes-postback/n8n-nodes-postback/blob/main/docs/delivery-store.md';

	icon: Icon = {
		light: 'file:icons/deliveryStoreApi.svg',
		dark: 'file:icons/deliveryStoreApi.dark.svg',
	};

	testedBy = 'httpDelivery';

	properties: INodeProperties[] = [
		{
			displayName: 'Database',
			name: 'database',
			type: 'options',
			options: [
				{
					name: 'Embedded (SQLite)',
					value: 'embedded',
					description: "A file in n8n's user folder; for one n8n process",
				},
				{
					name: 'PostgreSQL',
					value: 'postgres',
					description: 'For queue mode and several machines. Version 13 or newer.',
				},
			],
			default: 'embedded',
		},
		{
			displayName: 'Host',
			name: 'host',
			displayOptions: { show: { database: ['postgres'] } },
			type: 'string',
			default: 'localhost',
			required: true,
			description: 'Name or address of the server, without a scheme',
		},
		{
			displayName: 'Port',
			name: 'port',
			displayOptions: { show: { database: ['postgres'] } },
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 65535 },
			default: 5432,
		},
		{
			displayName: 'Database Name',
			name: 'databaseName',
			displayOptions: { show: { database: ['postgres'] } },
			type: 'string',
			default: 'n8n',
			required: true,
			description:
				"It must be there already. It may be n8n's own: the tables are in a schema of their own.",
		},
		{
			displayName: 'User',
			name: 'user',
			displayOptions: { show: { database: ['postgres'] } },
			type: 'string',
			default: '',
			required: true,
		},
		{
			displayName: 'Password',
			name: 'password',
			displayOptions: { show: { database: ['postgres'] } },
			type: 'string',
			typeOptions: { password: true },
			default: '',
		},
		{
			displayName: 'Schema',
			name: 'schema',
			displayOptions: { show: { database: ['postgres'] } },
			type: 'string',
			default: 'postback',
			description:
				'Where the tables are; made when missing. A test instance of n8n needs one of its own.',
		},
		{
			displayName: 'Maximum Connections',
			name: 'maxConnections',
			displayOptions: { show: { database: ['postgres'] } },
			type: 'number',
			typeOptions: { minValue: 2, maxValue: 1000 },
			default: 10,
			description:
				'Of each n8n process at once, beside one that listens. The server must allow as many as all processes have together (max_connections).',
		},
		{
			displayName: 'SSL',
			name: 'ssl',
			displayOptions: { show: { database: ['postgres'] } },
			type: 'options',
			options: [
				{
					name: 'Off',
					value: 'off',
					description: 'Nothing is encrypted; for a server on this machine or a private network',
				},
				{
					name: 'Require',
					value: 'require',
					description: 'Encrypted, but whoever answers is taken for the server',
				},
				{
					name: 'Verify Full',
					value: 'verify-full',
					description: 'Encrypted, and the certificate must be for the host and be trusted',
				},
			],
			default: 'off',
		},
		{
			displayName: 'CA Certificate',
			name: 'authorities',
			displayOptions: { show: { database: ['postgres'], ssl: ['require', 'verify-full'] } },
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			description:
				"PEM of the authority that has signed the server's certificate. Empty: those that Node.js trusts.",
		},
		{
			displayName: 'Client Certificate',
			name: 'chain',
			displayOptions: { show: { database: ['postgres'], ssl: ['require', 'verify-full'] } },
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			description: 'PEM, where the server wants one',
		},
		{
			displayName: 'Client Key',
			name: 'privateKey',
			displayOptions: { show: { database: ['postgres'], ssl: ['require', 'verify-full'] } },
			type: 'string',
			typeOptions: { rows: 4, password: true },
			default: '',
			description: 'PEM, of the client certificate',
		},
		{
			displayName: 'Maximum Size (MB)',
			name: 'maxSizeMb',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 0,
			description:
				'From this size on triggers answer 503 instead of taking events in, so that nothing accepted is lost. 0 means no limit.',
		},
		{
			displayName: 'Keep Delivered (Days)',
			name: 'deliveredDays',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 7,
			description: 'How long delivered messages stay in the log',
		},
		{
			displayName: 'Keep Dead Letters (Days)',
			name: 'deadDays',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 30,
			description:
				'How long dead letters stay, a warning in the n8n log comes a week before they go',
		},
		{
			displayName: 'Keep Only a Digest of Delivered Bodies',
			name: 'digestBodies',
			type: 'boolean',
			default: false,
			description:
				'Whether to replace a body by its SHA-256 digest once it is delivered. Such a delivery cannot be replayed, and nothing can be exported again from it.',
		},
	];
}
