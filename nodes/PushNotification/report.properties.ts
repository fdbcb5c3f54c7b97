import type { INodeProperties } from 'n8n-workflow';

export const description: INodeProperties[] = [
	{
		displayName: 'Message ID',
		name: 'reportMessageId',
		type: 'string',
		default: '',
		placeholder: 'all messages',
		description: 'Only this message. Empty: all of them.',
	},
	{
		displayName: 'From',
		name: 'from',
		type: 'dateTime',
		default: '',
		description: 'By when the notifications were made. Empty: 30 days ago.',
	},
	{
		displayName: 'To',
		name: 'to',
		type: 'dateTime',
		default: '',
		description: 'Empty: now',
	},
	{
		displayName: 'Period',
		name: 'period',
		type: 'options',
		options: [
			{ name: 'By Day (UTC)', value: 'day' },
			{ name: 'By Hour', value: 'hour' },
			{ name: 'In One Sum', value: 'whole' },
		],
		default: 'whole',
	},
];
