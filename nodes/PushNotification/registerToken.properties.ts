import type { INodeProperties } from 'n8n-workflow';
import { ECID } from '../../lib/push/devices/device';
import { profileProperty } from './profileProperty';
import { platformOptions } from './sendProperties';

const written = { displayOptions: { show: { registrationFrom: ['fields'] } } };

export const description: INodeProperties[] = [
	{
		displayName: 'Registration',
		name: 'registrationFrom',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'From the Fields Below',
				value: 'fields',
				description: 'App, platform, token and identity one by one',
			},
			{
				name: 'From the Item',
				value: 'item',
				description: "The mobile SDK's event as it is sent, or pushNotificationDetails",
			},
		],
		default: 'item',
	},
	{
		displayName:
			'Each item is the event of the mobile SDK as it is sent, a profile record with pushNotificationDetails, or one of these details.',
		name: 'registrationNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { registrationFrom: ['item'] } },
	},
	profileProperty(
		'What Send finds the device by. May be empty: then it is that of other devices of the same identity, else the identity itself.',
	),
	{
		displayName: 'App ID',
		name: 'appId',
		type: 'string',
		default: '',
		placeholder: 'com.example.app',
		...written,
		description: "The app's bundle ID or package name",
	},
	{
		displayName: 'Platform',
		name: 'tokenPlatform',
		type: 'options',
		options: platformOptions,
		default: 'apns',
		...written,
	},
	{
		displayName: 'Token',
		name: 'token',
		// eslint-disable-next-line n8n-nodes-base/node-param-type-options-password-missing -- it addresses a device and opens nothing; an operator has to be able to read it
		type: 'string',
		default: '',
		placeholder: '{{ $json.token }}',
		...written,
		description: 'As the device got it from its provider',
	},
	{
		displayName: 'Identity Namespace',
		name: 'namespace',
		type: 'string',
		default: ECID,
		...written,
		description: 'What kind of ID it is; ECID for those of the mobile SDK',
	},
	{
		displayName: 'Identity',
		name: 'identity',
		type: 'string',
		default: '',
		placeholder: '{{ $json.ecid }}',
		...written,
		description: "The device's own ID, an ECID unless another namespace is given",
	},
];
