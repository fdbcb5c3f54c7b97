import type { INodeProperties } from 'n8n-workflow';
import { NOTIFICATION_PRIORITIES, VISIBILITIES } from '../../lib/push/message/message';

const sentence = (text: string) => text.charAt(0) + text.slice(1).toLowerCase();

/** What a message and its preset may have alike, besides title and body. */
const furtherFields: INodeProperties[] = [
	{
		displayName: 'Android Style',
		name: 'androidStyle',
		type: 'options',
		options: [
			{
				name: 'Data Message',
				value: 'data',
				description: "The app's SDK shows it, with buttons and tracking",
			},
			{
				name: 'Notification',
				value: 'notification',
				description: 'Android shows it by itself, without the SDK',
			},
		],
		default: 'data',
	},
	{
		displayName: 'Badge',
		name: 'badge',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 0,
		description: "The number at the app's icon; 0 removes it",
	},
	{
		displayName: 'Category',
		name: 'category',
		type: 'string',
		default: '',
		placeholder: 'OFFER',
		description: 'Names a set of actions that the iOS app has registered',
	},
	{
		displayName: 'Channel ID',
		name: 'channelId',
		type: 'string',
		default: '',
		placeholder: 'offers',
		description: "Android's notification channel",
	},
	{
		displayName: 'Collapse Key',
		name: 'collapseKey',
		type: 'string',
		default: '',
		placeholder: 'order-42',
		description:
			'A newer notification with the same key takes the place of an older one, on the device and in the queue; up to 64 bytes',
	},
	{
		displayName: 'Custom Data',
		name: 'customData',
		type: 'json',
		default: '{}',
		description:
			'An object whose keys the app gets besides; for Android every value becomes a text',
	},
	{
		displayName: 'Icon',
		name: 'icon',
		type: 'string',
		default: '',
		placeholder: 'notification_icon',
		description: 'An Android resource, such as notification_icon',
	},
	{
		displayName: 'Image URL',
		name: 'image',
		type: 'string',
		default: '',
		placeholder: 'https://example.com/image.png',
		description: 'An image, or other media on iOS, that the app loads',
	},
	{
		displayName: 'Link',
		name: 'uri',
		type: 'string',
		default: '',
		placeholder: 'app://offers/1',
		description: 'What a tap opens, when On Tap is a link; up to 2,000 characters',
	},
	{
		displayName: 'Mutable Content',
		name: 'mutableContent',
		type: 'boolean',
		default: true,
		description: 'Whether an iOS app may change the notification before it shows; on with an image',
	},
	{
		displayName: 'Notification Priority (Android)',
		name: 'notificationPriority',
		type: 'options',
		options: NOTIFICATION_PRIORITIES.map((value) => ({
			name: sentence(value.replace('PRIORITY_', '')),
			value,
		})),
		default: 'PRIORITY_DEFAULT',
		description: 'How much the notification stands out on the device',
	},
	{
		displayName: 'On Tap',
		name: 'clickType',
		type: 'options',
		options: [
			{ name: 'Open a Deep Link', value: 'DEEPLINK' },
			{ name: 'Open a Web Page', value: 'WEBURL' },
			{ name: 'Open the App', value: 'OPENAPP' },
		],
		default: 'OPENAPP',
	},
	{
		displayName: 'Priority',
		name: 'priority',
		type: 'options',
		options: [
			{ name: 'High', value: 'high', description: 'At once, waking the device' },
			{ name: 'Normal', value: 'normal', description: 'When it suits the battery' },
		],
		default: 'high',
		description: 'How soon the provider delivers it',
	},
	{
		displayName: 'Silent',
		name: 'silent',
		type: 'boolean',
		default: false,
		description: 'Whether to wake the app without showing anything; only Custom Data goes along',
	},
	{
		displayName: 'Sound',
		name: 'sound',
		type: 'string',
		default: '',
		placeholder: 'default',
	},
	{
		displayName: 'Subtitle (iOS)',
		name: 'subtitle',
		type: 'string',
		default: '',
		placeholder: 'Only today',
		description: 'A line below the title',
	},
	{
		displayName: 'Thread',
		name: 'thread',
		type: 'string',
		default: '',
		placeholder: 'order-42',
		description: 'Groups notifications on iOS',
	},
	{
		displayName: 'Time to Live (Seconds)',
		name: 'timeToLiveSeconds',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 2419200 },
		default: 86400,
		description:
			'How long the notification is worth delivering; after that neither the provider nor this node tries any more. 0: now or never.',
	},
	{
		displayName: 'Visibility (Android)',
		name: 'visibility',
		type: 'options',
		options: VISIBILITIES.map((value) => ({ name: sentence(value), value })),
		default: 'PUBLIC',
		description: 'What shows on a locked screen',
	},
];

const variables =
	'{name} takes the field of that name from the item, {name|there} a text where it has none';

/** What is sent. */
export const messageProperties: INodeProperties[] = [
	{
		displayName: 'Message ID',
		name: 'messageId',
		type: 'string',
		default: '',
		placeholder: 'welcome-1',
		description: 'Names the message in tracking data and reports. Empty: the name of this node.',
	},
	{
		displayName: 'Title',
		name: 'title',
		type: 'string',
		default: '',
		placeholder: 'Hello {firstName|there}',
		description: `A text for all items: ${variables}`,
	},
	{
		displayName: 'Body',
		name: 'body',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		placeholder: 'Your order {order.number} is on its way',
		description: `A text for all items: ${variables}`,
	},
	{
		displayName: 'Message Fields',
		name: 'message',
		type: 'collection',
		placeholder: 'Add Field',
		default: {},
		options: furtherFields,
	},
	{
		displayName: 'Buttons',
		name: 'buttons',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true },
		placeholder: 'Add Button',
		default: {},
		options: [
			{
				displayName: 'Button',
				name: 'button',
				values: [
					{
						displayName: 'Label',
						name: 'label',
						type: 'string',
						default: '',
						placeholder: 'Open',
						description: 'Up to 50 characters',
					},
					{
						displayName: 'On Tap',
						name: 'type',
						type: 'options',
						options: [
							{ name: 'Dismiss', value: 'DISMISS' },
							{ name: 'Open a Deep Link', value: 'DEEPLINK' },
							{ name: 'Open a Web Page', value: 'WEBURL' },
							{ name: 'Open the App', value: 'OPENAPP' },
						],
						default: 'OPENAPP',
					},
					{
						displayName: 'Link',
						name: 'uri',
						type: 'string',
						default: '',
						placeholder: 'https://www.example.com/offers/1',
						description: 'What a tap on the button opens',
						displayOptions: { show: { type: ['DEEPLINK', 'WEBURL'] } },
					},
					{
						displayName: 'Action ID',
						name: 'id',
						type: 'string',
						default: '',
						placeholder: 'open',
						description: 'What an interaction with the button is called; its place unless given',
					},
				],
			},
		],
	},
	{
		displayName: 'Raw Payload',
		name: 'rawPayload',
		type: 'boolean',
		default: false,
		description: 'Whether to write the payloads themselves in place of the fields above',
	},
	{
		displayName: 'APNs Payload',
		name: 'rawApns',
		type: 'json',
		default: '{}',
		displayOptions: { show: { rawPayload: [true] } },
		description:
			'All of what APNs gets, such as { "aps": { "alert": "Hello" } }. Empty: made of the fields above.',
	},
	{
		displayName: 'APNs Push Type',
		name: 'rawApnsPushType',
		type: 'string',
		default: '',
		placeholder: 'alert',
		displayOptions: { show: { rawPayload: [true] } },
		description: 'Such as liveactivity or voip. Empty: found out from the payload.',
	},
	{
		displayName: 'FCM Message',
		name: 'rawFcm',
		type: 'json',
		default: '{}',
		displayOptions: { show: { rawPayload: [true] } },
		description:
			'FCM\'s message object without token, such as { "notification": { "title": "Hello" } }. Empty: made of the fields above.',
	},
	{
		displayName: 'Tracking Data',
		name: 'trackingData',
		type: 'boolean',
		default: false,
		description:
			'Whether to add _xdm, with which the mobile SDK tracks openings and buttons, and by which Track Interaction finds the message',
	},
	{
		displayName: 'Tracking Fields',
		name: 'tracking',
		type: 'collection',
		placeholder: 'Add Field',
		default: {},
		displayOptions: { show: { trackingData: [true] } },
		options: [
			{ displayName: 'Batch Instance ID', name: 'batchInstanceId', type: 'string', default: '' },
			{ displayName: 'Campaign ID', name: 'campaignId', type: 'string', default: '' },
			{
				displayName: 'Campaign Version ID',
				name: 'campaignVersionId',
				type: 'string',
				default: '',
			},
			{
				displayName: 'Journey Version ID',
				name: 'journeyVersionId',
				type: 'string',
				default: '',
			},
			{
				displayName: 'Journey Version Instance ID',
				name: 'journeyVersionInstanceId',
				type: 'string',
				default: '',
			},
			{
				displayName: 'Message Type',
				name: 'messageType',
				type: 'options',
				options: [
					{ name: 'Marketing', value: 'marketing' },
					{ name: 'Transactional', value: 'transactional' },
				],
				default: 'marketing',
			},
		],
	},
	{
		displayName: 'Message Preset',
		name: 'preset',
		type: 'collection',
		placeholder: 'Add Default',
		default: {},
		description: 'Defaults of the channel configuration; what Message Fields say goes before them',
		options: furtherFields,
	},
];
