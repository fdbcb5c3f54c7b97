import type { INodeProperties } from 'n8n-workflow';
import { profileProperty } from './profileProperty';

export const description: INodeProperties[] = [
	profileProperty('As the devices were registered under'),
	{
		displayName: 'Consent',
		name: 'consent',
		type: 'options',
		options: [
			{
				name: 'No',
				value: 'no',
				description: 'Nothing is sent any more, nor what waits to be sent',
			},
			{ name: 'Yes', value: 'yes', description: 'Notifications may be sent' },
		],
		default: 'yes',
		description: 'As long as nothing is noted for a profile, notifications are sent',
	},
	{
		displayName: 'App ID',
		name: 'consentAppId',
		type: 'string',
		default: '',
		placeholder: 'every app',
		description:
			'Only of this app. Empty: of every app; what is noted for an app itself goes before.',
	},
];
