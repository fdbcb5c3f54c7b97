import type { INodeProperties } from 'n8n-workflow';
import { credentialsPlace } from '../shared/credentialFields';
import { authenticationProperties } from '../shared/authenticationProperties';

const pairs = (
	field: Pick<INodeProperties, 'displayName' | 'name' | 'placeholder' | 'description'>,
	entry: string,
	[name, value]: [name: string, value: string],
): INodeProperties => ({
	...field,
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	default: {},
	options: [
		{
			displayName: entry,
			name: 'entries',
			values: [
				{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: name },
				{ displayName: 'Value', name: 'value', type: 'string', default: '', placeholder: value },
			],
		},
	],
});

/** Where exports go, and what is shown there. */
export const destinationProperties: INodeProperties[] = [
	{
		displayName: 'Destination Name',
		name: 'destinationName',
		type: 'string',
		default: '',
		placeholder: 'CRM',
		description: 'Under which its deliveries are listed; the name of this node if empty',
	},
	{
		displayName: 'Destination Description',
		name: 'destinationDescription',
		type: 'string',
		default: '',
		placeholder: 'Members of the loyalty programme, for the CRM team',
		description: 'For you; it is not sent',
	},
	{
		displayName: 'HTTP Method',
		name: 'method',
		type: 'options',
		options: ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'].map((name) => ({ name, value: name })),
		default: 'POST',
	},
	{
		displayName: 'HTTP Endpoint',
		name: 'endpoint',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'https://api.example.com/profiles',
		description: 'The URL to which profiles are sent',
	},
	{
		displayName: 'Headers',
		name: 'headersText',
		type: 'string',
		default: '',
		placeholder: 'header1:value1,header2:value2',
		description:
			'Write \\, for a comma inside a value. Values are stored and shown: keys and tokens belong into a credential, see Authentication.',
	},
	pairs(
		{
			displayName: 'Further Headers',
			name: 'headers',
			placeholder: 'Add Header',
			description: 'The same as a list, where nothing has to be escaped; both count',
		},
		'Header',
		['X-Source', 'n8n'],
	),
	{
		displayName: 'Query Parameters',
		name: 'queryText',
		type: 'string',
		default: '',
		placeholder: 'parameter1=value&parameter2=value',
		description:
			'Added to the endpoint. As in a URL: what is percent-encoded stays. Write \\& for an ampersand inside a value.',
	},
	pairs(
		{
			displayName: 'Further Query Parameters',
			name: 'query',
			placeholder: 'Add Parameter',
			description: 'The same as a list, encoded by this node; both count',
		},
		'Parameter',
		['source', 'n8n'],
	),
	...authenticationProperties,
	credentialsPlace,
];
