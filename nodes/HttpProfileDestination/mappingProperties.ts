import type { INodeProperties } from 'n8n-workflow';

const audienceFields: INodeProperties[] = [
	{
		displayName: 'Created',
		name: 'created',
		type: 'dateTime',
		default: '',
		description: 'When the audience was made; exported with Include Segment Timestamps',
	},
	{
		displayName: 'ID',
		name: 'id',
		type: 'string',
		default: '',
		required: true,
		placeholder: '5b998cb9-9488-4ec3-8d95-fa8338ced490',
		description: 'As it stands in segmentMembership',
	},
	{
		displayName: 'Name',
		name: 'name',
		type: 'string',
		default: '',
		placeholder: 'First name equals John',
		description: 'Exported with Include Segment Names',
	},
	{
		displayName: 'Namespace',
		name: 'namespace',
		type: 'string',
		default: '',
		placeholder: 'ups',
		description: 'Only where the ID alone does not tell; empty means in whatever namespace',
	},
	{
		displayName: 'Updated',
		name: 'updated',
		type: 'dateTime',
		default: '',
		description: 'When the audience was last changed; exported with Include Segment Timestamps',
	},
];

/** What comes in, and what of it counts. */
export const mappingProperties: INodeProperties[] = [
	{
		displayName: 'Input',
		name: 'input',
		type: 'options',
		options: [
			{
				name: 'Always Export',
				value: 'always',
				description: 'Every profile is exported, whatever has changed',
			},
			{
				name: 'Profile Change Events',
				value: 'events',
				description:
					'A profile with the paths or areas that were updated, also to the same value; nothing else is compared but memberships',
			},
			{
				name: 'Profile Snapshots',
				value: 'snapshots',
				description: 'Profiles as they are now; the node compares with what it has stored',
			},
		],
		default: 'snapshots',
		description: 'What the items are, and so what has to be exported',
	},
	{
		displayName: 'Profile Key',
		name: 'profileKey',
		type: 'string',
		default: '',
		placeholder: 'ecid',
		hint: 'An identity namespace such as ecid, or a path such as personalEmail.address',
		description:
			'What tells profiles apart. Only needless where everything is always exported and Keep Order is off.',
	},
	{
		displayName: 'Profile Field',
		name: 'profileField',
		type: 'string',
		default: '',
		placeholder: 'body.profile',
		description: 'Where in the item the profile is; empty means that the item is the profile',
	},
	{
		displayName: 'Changed Field',
		name: 'changedField',
		type: 'string',
		default: 'changed',
		placeholder: 'changed',
		hint: 'Such as ["segmentMembership", "person.name"], or JSON Patch operations',
		description:
			'Where in the item the updated paths or areas are listed: segmentMembership, identityMap, attributes (all of them), or paths',
		displayOptions: { show: { input: ['events'] } },
	},
	{
		displayName: 'Mapping',
		name: 'mappingFrom',
		type: 'options',
		options: [
			{ name: 'From Lists (JSON or Expression)', value: 'lists' },
			{ name: 'From the Fields Below', value: 'fields' },
		],
		default: 'fields',
		description: 'Where the mapped audiences and attributes are written',
	},
	{
		displayName: 'Mapped Audiences',
		name: 'audiences',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Audience',
		default: {},
		description:
			'Whoever comes into one of them or leaves it is exported. All audiences of a profile are exported with it, mapped or not.',
		options: [{ displayName: 'Audience', name: 'audience', values: audienceFields }],
		displayOptions: { show: { mappingFrom: ['fields'] } },
	},
	{
		displayName: 'Mapped Attributes',
		name: 'attributes',
		type: 'string',
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Attribute' },
		default: [],
		placeholder: 'person.name.firstName',
		description:
			'Paths of the profile. Only these are exported, and all of them that the profile has. Map a unique identifier too. Also phones[0].number, phones[*].number and /person/name.',
		displayOptions: { show: { mappingFrom: ['fields'] } },
	},
	{
		displayName: 'Mapped Audiences',
		name: 'audienceList',
		type: 'json',
		default: '[]',
		placeholder: '["5b998cb9-9488-4ec3-8d95-fa8338ced490"]',
		description:
			'IDs, or objects with ID, name, namespace, created and updated as the fields have them, their names in lower case. Read once for an execution, not for each item.',
		displayOptions: { show: { mappingFrom: ['lists'] } },
	},
	{
		displayName: 'Mapped Attributes',
		name: 'attributeList',
		type: 'json',
		default: '[]',
		placeholder: '["personalEmail.address", "person.name.lastName"]',
		description: 'Read once for an execution, not for each item',
		displayOptions: { show: { mappingFrom: ['lists'] } },
	},
	{
		displayName: 'Backfill Automatically',
		name: 'backfillAutomatically',
		type: 'boolean',
		default: false,
		description:
			'Whether everyone who qualified before an audience was mapped is exported too, from what is stored and from what comes in. Otherwise a hint says so, and the operation Backfill does it.',
	},
];
