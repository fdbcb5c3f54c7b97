import type { INodeProperties } from 'n8n-workflow';
import { PRESET_NAMES, type PresetName } from '../../lib/delivery/presets';

const PRESET_LABELS: Record<PresetName, [name: string, description: string]> = {
	reactorCallback: [
		'Reactor Callback',
		'200 and 201 count as delivered; 7 retries after 1 min, 5 min, 30 min, 1 h, 12 h, 1 d, 3 d',
	],
	httpApiDestination: ['HTTP API Destination', '2 retries after 15 s and 30 s; timeout 2 s'],
	mobilePostback: [
		'Mobile Postback',
		'Every 30 s, at most 20 times, for 408, 429, 503, 504 and network errors',
	],
	standardWebhooks: ['Standard Webhooks', '9 retries from 5 s to 24 h; ends at 410'],
	exponential: ['Exponential', 'Growing delays with jitter, as set below'],
	fixedList: ['Fixed List', 'A list of delays, as set below'],
};

const retryPolicy: INodeProperties = {
	displayName: 'Retry Policy',
	name: 'retryPolicy',
	type: 'options',
	options: [
		{
			name: 'Automatic',
			value: 'automatic',
			description:
				'Chosen by the kind of the delivery: postbacks as in Mobile Services, callbacks as in Reactor, profiles as in the HTTP API destination',
		},
		...PRESET_NAMES.map((value) => ({
			name: PRESET_LABELS[value][0],
			value,
			description: PRESET_LABELS[value][1],
		})),
	],
	default: 'automatic',
	description: 'Which answers count as delivered, which are tried again, and when',
};

const retrySettings: INodeProperties = {
	displayName: 'Retry Policy Settings',
	name: 'retrySettings',
	type: 'collection',
	placeholder: 'Change the Policy',
	default: {},
	options: [
		{
			displayName: 'Delays (Seconds)',
			name: 'scheduleSeconds',
			type: 'string',
			default: '',
			placeholder: '60, 300, 1800',
			description:
				'Delay before each retry, counted from the failure before it, separated by commas. Replaces the schedule of the policy.',
		},
		{
			displayName: 'Exponential: Factor',
			name: 'factor',
			type: 'number',
			default: 2,
			description: 'By what each delay grows',
		},
		{
			displayName: 'Exponential: First Delay (Seconds)',
			name: 'firstDelaySeconds',
			type: 'number',
			default: 30,
		},
		{
			displayName: 'Exponential: Longest Delay (Seconds)',
			name: 'longestDelaySeconds',
			type: 'number',
			default: 3600,
		},
		{
			displayName: 'Exponential: Retries',
			name: 'retries',
			type: 'number',
			default: 10,
		},
		{
			displayName: 'Jitter (%)',
			name: 'jitterPercent',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 100 },
			default: 0,
			description: 'By how much each delay may be lengthened at random',
		},
		{
			displayName: 'Retry Statuses',
			name: 'retryStatuses',
			type: 'string',
			default: '',
			placeholder: '408, 429, 5xx',
			description: 'Answers that are tried again; all others that are no success end the delivery',
		},
		{
			displayName: 'Success Statuses',
			name: 'successStatuses',
			type: 'string',
			default: '',
			placeholder: '200-299',
			description: 'Answers that count as delivered',
		},
	],
};

/** Fields for the retry policy, the same for every sender. @param preset what a new node has */
export const retryPropertiesFor = (preset: 'automatic' | PresetName): INodeProperties[] => [
	{ ...retryPolicy, default: preset },
	retrySettings,
];
