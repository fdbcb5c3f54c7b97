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
			],
			default: 'embedded',
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
