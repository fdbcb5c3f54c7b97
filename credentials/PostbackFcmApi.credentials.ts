import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';
import { serverFields } from './shared/pushServerFields';

/** A service account of Firebase Cloud Messaging. */
export class PostbackFcmApi implements ICredentialType {
	name = 'postbackFcmApi';

	displayName = 'FCM API';

	documentationUrl =
		'https://github.com/n8n-nodes-postback/n8n-nodes-postback/blob/main/docs/credentials.md#fcm';

	icon: Icon = {
		light: 'file:icons/postbackFcmApi.svg',
		dark: 'file:icons/postbackFcmApi.dark.svg',
	};

	testedBy = 'pushNotification';

	properties: INodeProperties[] = [
		{
			displayName: 'Service Account JSON',
			name: 'serviceAccountPrivateKey',
			type: 'string',
			typeOptions: { rows: 6, password: true },
			default: '',
			required: true,
			placeholder: '{ "type": "service_account", … }',
			description:
				'The whole text of the file that the Firebase console gives under Project settings, Service accounts, Generate new private key',
		},
		{
			displayName: 'App IDs',
			name: 'appIds',
			type: 'string',
			default: '',
			placeholder: 'com.example.app',
			description:
				'Package names of the Android apps that may be sent to with it, separated by commas. Empty: any app of the project.',
		},
		...serverFields('https://fcm.googleapis.com'),
	];
}
