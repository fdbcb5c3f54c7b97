import type { INodeProperties } from 'n8n-workflow';

export const OPERATIONS = [
	'getDevices',
	'registerToken',
	'removeProfile',
	'removeToken',
	'report',
	'send',
	'setConsent',
	'trackInteraction',
] as const;
export type Operation = (typeof OPERATIONS)[number];

export const operation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	options: [
		{
			name: 'Get Devices',
			value: 'getDevices',
			description: 'Give the devices of a profile or of an ECID',
			action: 'Get devices',
		},
		{
			name: 'Register Token',
			value: 'registerToken',
			description: "Store a device's push token with its profile",
			action: 'Register a token',
		},
		{
			name: 'Remove Profile',
			value: 'removeProfile',
			description: 'Erase a profile: its tokens, its consent, its interactions',
			action: 'Remove a profile',
		},
		{
			name: 'Remove Token',
			value: 'removeToken',
			description: 'Remove one token, such as when somebody logs out',
			action: 'Remove a token',
		},
		{
			name: 'Report',
			value: 'report',
			description: 'Count what was sent, bounced, excluded and opened',
			action: 'Report on messages',
		},
		{
			name: 'Send',
			value: 'send',
			description: 'Send a message to the devices of profiles, or to tokens',
			action: 'Send a push notification',
		},
		{
			name: 'Set Consent',
			value: 'setConsent',
			description: 'Note whether a profile wants push notifications',
			action: 'Set consent',
		},
		{
			name: 'Track Interaction',
			value: 'trackInteraction',
			description: 'Store what somebody did with a notification, and give it on as an event',
			action: 'Track an interaction',
		},
	],
	default: 'send',
};

/** Fields that only some operations have. */
export const shownFor = (
	of: readonly Operation[],
	fields: readonly INodeProperties[],
): INodeProperties[] =>
	fields.map((field) => ({
		...field,
		displayOptions: {
			...field.displayOptions,
			show: { operation: [...of], ...field.displayOptions?.show },
		},
	}));
