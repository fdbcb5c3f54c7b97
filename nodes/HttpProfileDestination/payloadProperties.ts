import type { INodeProperties } from 'n8n-workflow';

/** What is sent. */
export const payloadProperties: INodeProperties[] = [
	{
		displayName: 'Payload',
		name: 'payload',
		type: 'options',
		options: [
			{
				name: 'As Documented',
				value: 'documented',
				description:
					'Mapped attributes at their places, segmentMembership and identityMap, as the HTTP API destination sends them',
			},
			{
				name: 'JSONata Mapping',
				value: 'jsonata',
				description: 'What an expression makes of the documented payload',
			},
		],
		default: 'documented',
	},
	{
		displayName: 'JSONata Mapping',
		name: 'jsonata',
		type: 'string',
		typeOptions: { rows: 5 },
		default: '',
		placeholder: '{ "email": personalEmail.address, "audiences": $keys(segmentMembership.ups) }',
		description: 'A text is sent as it is, everything else as JSON',
		noDataExpression: true,
		displayOptions: { show: { payload: ['jsonata'] } },
	},
	{
		displayName: 'Include Segment Names',
		name: 'includeNames',
		type: 'boolean',
		default: false,
		description: 'Whether each membership has the name of its audience',
	},
	{
		displayName: 'Include Segment Timestamps',
		name: 'includeTimestamps',
		type: 'boolean',
		default: false,
		description:
			'Whether each membership has createdAt, updatedAt, mappingCreatedAt and mappingUpdatedAt, as UNIX milliseconds',
	},
	{
		displayName: 'Rules',
		name: 'rules',
		type: 'options',
		options: [
			{
				name: 'Current Documentation',
				value: 'current',
				description: 'Existing is told as realized, and audiences that are not mapped are left out',
			},
			{
				name: 'Documentation of 2022',
				value: 'documented2022',
				description: 'All audiences of a profile, as realized, existing or exited',
			},
		],
		default: 'documented2022',
		description: 'Which text of the documentation the payload follows',
	},
	{
		displayName: 'Profiles per Request',
		name: 'profilesPerRequest',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 10000 },
		default: 1,
		description:
			'1 sends a profile as an object; more sends an array of so many at most. Goes down by halves where the receiver answers 413.',
	},
];
