import type { INodeProperties } from 'n8n-workflow';
import { queueOption, retriesProperties } from '../shared/senderOptions';
import { PLATFORMS } from '../../lib/push/platforms';
import { retryPropertiesFor } from '../shared/retryProperties';
import { messageProperties } from './messageProperties';

const PLATFORM_NAMES = {
	fcm: 'Android (fcm)',
	apns: 'iOS (apns)',
	apnsSandbox: 'iOS From Xcode (apnsSandbox)',
} as const;

/** The platforms as the mobile SDK names them. */
export const platformOptions = PLATFORMS.map((value) => ({
	name: PLATFORM_NAMES[value],
	value,
})).sort((a, b) => a.name.localeCompare(b.name));

const configurationProperties: INodeProperties[] = [
	{
		displayName: 'Channel Configuration',
		name: 'configurationName',
		type: 'string',
		noDataExpression: true,
		default: 'App',
		description:
			'What deliveries and reports call this set of apps, credentials and defaults: letters, digits, dots, hyphens and underscores, a letter first',
	},
	{
		displayName: 'iOS App ID',
		name: 'iosAppId',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: "the credential's Bundle ID",
		description: 'The app whose devices are sent to; it has to agree with the APNs credential',
	},
	{
		displayName: 'Android App ID',
		name: 'androidAppId',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'com.example.app',
		description:
			'The package name of the app whose devices are sent to. May stay empty when the FCM credential names one App ID.',
	},
];

const targetProperties: INodeProperties[] = [
	{
		displayName: 'Send To',
		name: 'sendTo',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'A Profile',
				value: 'profile',
				description: 'All devices of the profile with a valid token',
			},
			{
				name: 'Devices in the Item',
				value: 'devices',
				description: 'A list in the shape of pushNotificationDetails',
			},
			{ name: 'Tokens', value: 'tokens', description: 'Tokens that are written here' },
		],
		default: 'profile',
	},
	{
		displayName: 'Profile Key',
		name: 'profileKey',
		type: 'string',
		default: '',
		placeholder: '{{ $json.profileKey }}',
		displayOptions: { show: { sendTo: ['profile'] } },
		description: 'As the devices were registered under',
	},
	{
		displayName: 'Devices Field',
		name: 'devicesField',
		type: 'string',
		default: 'pushNotificationDetails',
		displayOptions: { show: { sendTo: ['devices'] } },
		description: 'Where in an item the list is; a dot leads into an object',
	},
	{
		displayName: 'Platform',
		name: 'platform',
		type: 'options',
		options: platformOptions,
		default: 'apns',
		displayOptions: { show: { sendTo: ['tokens'] } },
	},
	{
		displayName: 'Tokens',
		name: 'tokens',
		// eslint-disable-next-line n8n-nodes-base/node-param-type-options-password-missing -- it addresses a device and opens nothing; an operator has to be able to read it
		type: 'string',
		default: '',
		placeholder: '{{ $json.token }}',
		displayOptions: { show: { sendTo: ['tokens'] } },
		description: 'One, or several separated by commas',
	},
];

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		{
			displayName: 'Concurrency',
			name: 'concurrency',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 500 },
			default: 500,
			description: 'How many notifications may be under way at once',
		},
		{
			displayName: 'Deduplication Key',
			name: 'deduplicationKey',
			type: 'string',
			default: '',
			placeholder: '{{ $json.eventId }}',
			description:
				'Names the event of an item: what was sent for it once is not sent again to the same device',
		},
		{
			displayName: 'Deduplication Window (Hours)',
			name: 'deduplicationHours',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 168,
			description: 'How long a deduplication key is remembered',
		},
		{
			displayName: 'Pause Failing Endpoints',
			name: 'breaker',
			type: 'boolean',
			default: true,
			description:
				'Whether to pause a provider that cannot be reached several times in a row, for 30 s at first and up to 5 min. What waits for it keeps its attempts. A configuration error pauses it all the same.',
		},
		queueOption,
		{
			displayName: 'Requests per Second',
			name: 'requestsPerSecond',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 0,
			description: 'Most notifications in a second for this queue; 0 means no limit',
		},
		{
			displayName: 'Timeout (Seconds)',
			name: 'timeoutSeconds',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 10,
			description: 'How long to wait for an answer; 0 means as the retry policy says',
		},
	],
};

/** The fields of Send. */
export const sendProperties: INodeProperties[] = [
	...configurationProperties,
	...targetProperties,
	...messageProperties,
	...retryPropertiesFor('exponential'),
	...retriesProperties('. Nothing is in the reports then.'),
	options,
];
