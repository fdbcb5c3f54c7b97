import type { INodeProperties } from 'n8n-workflow';
import { platformOptions } from './sendProperties';

export const description: INodeProperties[] = [
	{
		displayName: 'App ID',
		name: 'removedAppId',
		type: 'string',
		default: '',
		placeholder: 'com.example.app',
		description: "The app's bundle ID or package name",
	},
	{
		displayName: 'Platform',
		name: 'removedPlatform',
		type: 'options',
		options: platformOptions,
		default: 'apns',
	},
	{
		displayName: 'Token',
		name: 'removedToken',
		// eslint-disable-next-line n8n-nodes-base/node-param-type-options-password-missing -- it addresses a device and opens nothing; an operator has to be able to read it
		type: 'string',
		default: '',
		placeholder: '{{ $json.token }}',
		description: 'As it was registered',
	},
];
