import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';
import { serverFields } from './shared/pushServerFields';

/** A key of Apple's push notification service. */
export class PostbackApnsApi implements ICredentialType {
	name = 'postbackApnsApi';

	displayName = 'APNs API';

	documentationUrl =
		'https://github.com/n8n-nodes-postback/n8n-nodes-postback/blob/main/docs/credentials.md#apns';

	icon: Icon = {
		light: 'file:icons/postbackApnsApi.svg',
		dark: 'file:icons/postbackApnsApi.dark.svg',
	};

	testedBy = 'pushNotification';

	properties: INodeProperties[] = [
		{
			displayName: 'Private Key',
			name: 'privateKey',
			type: 'string',
			typeOptions: { rows: 6, password: true },
			default: '',
			required: true,
			placeholder: '-----BEGIN PRIVATE KEY-----',
			description: 'The whole text of the file AuthKey_….p8 from the developer account',
		},
		{
			displayName: 'Key ID',
			name: 'keyId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'ABC123DEFG',
			description: 'The 10 characters in the name of the .p8 file',
		},
		{
			displayName: 'Team ID',
			name: 'teamId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'DEF123GHIJ',
			description: 'The 10 characters under Membership details of the developer account',
		},
		{
			displayName: 'Bundle ID',
			name: 'bundleId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'com.example.app',
			description: "The app's identifier; notifications are sent to this app",
		},
		{
			displayName: 'Environment',
			name: 'environment',
			type: 'options',
			options: [
				{
					name: 'Production',
					value: 'production',
					description: 'Apps from the App Store and TestFlight: devices of the platform apns',
				},
				{
					name: 'Sandbox',
					value: 'sandbox',
					description: 'Apps that Xcode installed: devices of the platform apnsSandbox',
				},
			],
			default: 'production',
			description: 'Which of the two servers of Apple is sent to',
		},
		...serverFields('https://api.push.apple.com:2197'),
	];
}
