import type { INodeProperties } from 'n8n-workflow';
import { CATALOG_VARIABLES, DOCUMENTED_HIT, MOBILE_EXAMPLE_URL, TEMPLATE_OPTIONS } from './texts';
import { testRunField } from '../shared/sampleRun';
import { conditionFields } from './conditionProperties';

/** Values of the field "Emit". */
export const EMIT_EVENT = 'event';

/** Shown where deliveries are emitted; hidden by the other choice, since older workflows say none. */
const forPostbacks = (definitionsFrom?: string) => ({
	...(definitionsFrom === undefined ? {} : { show: { definitionsFrom: [definitionsFrom] } }),
	hide: { emit: [EMIT_EVENT] },
});
const forEvents = (events?: string) => ({
	show: { emit: [EMIT_EVENT], ...(events === undefined ? {} : { events: [events] }) },
});

const launchRules = (name: string, description: string): INodeProperties => ({
	displayName: 'Launch Rules',
	name,
	type: 'json',
	default: '{\n  "version": 1,\n  "rules": []\n}',
	typeOptions: { rows: 8 },
	description,
});

const conditions = (displayName: string, name: string, description: string): INodeProperties => ({
	displayName,
	name,
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: `Add ${displayName.slice(0, -1)}`,
	default: {},
	description,
	options: [{ displayName: displayName.slice(0, -1), name: 'conditions', values: conditionFields }],
});

const postbackFields: INodeProperties[] = [
	{
		displayName: 'Name',
		name: 'name',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'Main menu shown',
	},
	{
		displayName: 'Active',
		name: 'active',
		type: 'boolean',
		default: false,
		description:
			'Whether the postback is sent. Off at first, as in Mobile Services: save it, then activate it.',
	},
	{
		displayName: 'Type',
		name: 'type',
		type: 'options',
		options: [
			{ name: 'Custom', value: 'custom' },
			{
				name: 'PII',
				value: 'pii',
				description:
					'Personal data: only for hits that are marked as collectPII, only to https, not while the privacy status is unknown',
			},
		],
		default: 'custom',
	},
	{
		displayName: 'Start From',
		name: 'template',
		type: 'options',
		options: TEMPLATE_OPTIONS,
		default: 'blank',
		description:
			'A template brings its triggers, body and content type; what you fill in below goes before it',
	},
	{
		displayName: 'URL',
		name: 'url',
		type: 'string',
		default: '',
		required: true,
		placeholder: MOBILE_EXAMPLE_URL,
		description: `Put {key} where a value of the hit belongs, or a variable: ${CATALOG_VARIABLES}. Values are URL-encoded.`,
	},
	{
		displayName: 'Query Parameters',
		name: 'query',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Query Parameter',
		default: {},
		description: 'Added to the end of the URL; the value is chosen from a list',
		options: [
			{
				displayName: 'Parameter',
				name: 'parameter',
				values: [
					{
						displayName: 'Name',
						name: 'name',
						type: 'string',
						default: '',
						placeholder: 'device',
					},
					{
						displayName: 'Value',
						name: 'value',
						type: 'resourceLocator',
						default: { mode: 'list', value: '' },
						description: 'A value of the hit or a variable; or any text with {key} in it',
						modes: [
							{
								displayName: 'From List',
								name: 'list',
								type: 'list',
								typeOptions: { searchListMethod: 'searchVariables', searchable: true },
							},
							{
								displayName: 'Text',
								name: 'text',
								type: 'string',
								placeholder: 'cln,{a.PrevSessionLength}',
							},
						],
					},
				],
			},
		],
	},
	conditions('Triggers', 'triggers', 'What has happened; all of them must hold on the same hit'),
	conditions('Traits', 'traits', 'To whom; all of them must hold on the same hit'),
	{
		displayName: 'Post Body',
		name: 'bodyFrom',
		type: 'options',
		options: [
			{ name: 'JSONata Expression', value: 'jsonata' },
			{ name: 'None (GET)', value: 'none' },
			{ name: 'Template', value: 'template' },
		],
		default: 'none',
	},
	{
		displayName: 'Body',
		name: 'body',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		placeholder: '{"user":"{user.name}","time":"{%timestampz%}"}',
		description:
			'Text with {key} and {%variable%}. In JSON bodies values are escaped so that they cannot break it.',
		displayOptions: { show: { bodyFrom: ['template'] } },
	},
	{
		displayName: 'Body Expression',
		name: 'bodyExpression',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		placeholder: '{ "user": user.name, "zip": user.zip }',
		description: 'A JSONata expression over the hit',
		displayOptions: { show: { bodyFrom: ['jsonata'] } },
	},
	{
		displayName: 'Content Type',
		name: 'contentType',
		type: 'string',
		default: '',
		placeholder: 'application/json',
		description:
			'If empty, a template is sent as a form (x-www-form-urlencoded) and an expression as JSON',
		displayOptions: { show: { bodyFrom: ['template', 'jsonata'] } },
	},
	{
		displayName: 'Timeout (Seconds)',
		name: 'timeoutSeconds',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 2,
		description: 'How long to wait for an answer; 0 means 2 seconds',
	},
	{
		displayName: 'Show Rule',
		name: 'showRule',
		type: 'options',
		options: [
			{ name: 'Always', value: 'always', description: 'Each time the triggers hold' },
			{ name: 'Once for Each Visitor', value: 'once' },
		],
		default: 'always',
	},
	{
		displayName: 'Visitor Key',
		name: 'visitorKey',
		type: 'string',
		default: '',
		placeholder: 'mid',
		description:
			'The key of the hit that says who the visitor is. A hit without it counts as not matched.',
		displayOptions: { show: { showRule: ['once'] } },
	},
	{
		displayName: 'Start Date',
		name: 'startDate',
		type: 'dateTime',
		default: '',
		description: 'From when on hits match; empty means from now on',
	},
	{
		displayName: 'End Date',
		name: 'endDate',
		type: 'dateTime',
		default: '',
		description: 'Until when hits match; empty means without an end',
	},
];

/** The fields that say which events are taken. */
const eventProperties: INodeProperties[] = [
	{
		// Not "Events": the editor takes that for a list of events to choose a trigger by.
		displayName: 'Which Events',
		name: 'events',
		type: 'options',
		options: [
			{ name: 'All', value: 'all' },
			{
				name: 'Matching Launch Rules',
				value: 'launchRules',
				description: 'Those on which the condition of at least one rule holds',
			},
			{ name: 'Matching the Conditions Below', value: 'conditions' },
		],
		default: 'all',
		displayOptions: forEvents(),
		description: 'Which events start the workflow; the others are answered alike and not kept',
	},
	{
		displayName: 'Conditions',
		name: 'conditions',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Condition',
		default: {},
		displayOptions: forEvents('conditions'),
		options: [{ displayName: 'Condition', name: 'condition', values: conditionFields }],
	},
	{
		displayName: 'Must Hold',
		name: 'combine',
		type: 'options',
		options: [
			{ name: 'All Conditions', value: 'all' },
			{ name: 'At Least One', value: 'any' },
		],
		default: 'all',
		displayOptions: forEvents('conditions'),
	},
	{
		...launchRules(
			'eventRules',
			'The whole file. Only the conditions count; what the rules would do is not looked at.',
		),
		displayOptions: forEvents('launchRules'),
	},
];

/** The fields in which postbacks are defined. */
const postbackProperties: INodeProperties[] = [
	{
		displayName: 'Postbacks',
		name: 'definitionsFrom',
		type: 'options',
		options: [
			{ name: 'Define Below', value: 'fields' },
			{
				name: 'From ADBMobileConfig.json',
				value: 'mobileConfig',
				description: 'The messages with template "callback" of a Mobile Services configuration',
			},
			{
				name: 'From Launch Rules',
				value: 'launchRules',
				description:
					'A rules.JSON of Adobe Experience Platform Launch with postback and PII consequences',
			},
		],
		default: 'fields',
		displayOptions: forPostbacks(),
	},
	{
		displayName: 'Postbacks',
		name: 'postbacks',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true },
		placeholder: 'Add Postback',
		default: {},
		displayOptions: forPostbacks('fields'),
		description: 'Every postback that matches a hit is sent, in this order',
		options: [{ displayName: 'Postback', name: 'postback', values: postbackFields }],
	},
	{
		displayName: 'ADBMobileConfig.json',
		name: 'mobileConfig',
		type: 'json',
		default: '{\n  "messages": []\n}',
		typeOptions: { rows: 8 },
		displayOptions: forPostbacks('mobileConfig'),
		description: 'The whole file. Its callbacks are active, as they are in the app.',
	},
	{
		displayName: 'Visitor Key',
		name: 'configVisitorKey',
		type: 'string',
		default: '',
		placeholder: 'mid',
		displayOptions: forPostbacks('mobileConfig'),
		description:
			'The key of the hit that says who the visitor is, for messages with the show rule "once". An app knows that by itself, a server does not.',
	},
	{
		...launchRules(
			'launchRules',
			'The whole file. What a server cannot honour (historical conditions, other consequences) is named when the workflow is published.',
		),
		displayOptions: forPostbacks('launchRules'),
	},
];

const sampleHit: INodeProperties = {
	displayName: 'Sample Hit',
	name: 'sampleHit',
	type: 'json',
	// Not empty: the editor marks an empty field as wrong JSON.
	default: JSON.stringify(DOCUMENTED_HIT, undefined, 2),
	typeOptions: { rows: 6 },
	description:
		"A hit of yours; at first that of Adobe's sample. Its keys are offered in the lists of conditions, and Test Run can use it.",
};

/** What is emitted, and the fields that say when. */
export const definitionProperties: INodeProperties[] = [
	{
		displayName: 'Emit',
		name: 'emit',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'A Delivery for Each Matching Postback',
				value: 'deliveries',
				description: 'Messages that are written from the hit, for HTTP Delivery',
			},
			{
				name: 'The Event Itself',
				value: EMIT_EVENT,
				description:
					'The event as it came, for Push Notification, HTTP Profile Destination and other nodes',
			},
		],
		default: 'deliveries',
		description: 'What a hit becomes in the workflow',
	},
	...postbackProperties,
	...eventProperties,
	sampleHit,
	testRunField(
		'n8n listens at the test URL until a hit comes',
		'The field Sample Hit is taken as if it had come just now; nothing is stored',
	),
];
