import type { INodeProperties } from 'n8n-workflow';
import { idMode, propertyField } from '../../shared/callbackFields';

/** For fields that Adobe's API does not know. */
export const beyondAdobe = { source: ['remote', 'store'] };

export const conditionField: INodeProperties = {
	displayName: 'Condition',
	name: 'condition',
	type: 'string',
	default: '',
	placeholder: 'entity.data.attributes.enabled = true',
	description:
		'A JSONata expression on the event: it is sent only where this holds. It sees data, type_of and entity. Empty means always.',
};

const shownFor = (...operation: string[]) => ({ show: { operation } });
const OF_ONE = ['delete', 'get', 'update'];
const LISTS = ['getMany', 'listAuditEvents'];

/** A field may stand in a node only once, so those that several operations have stand here. */
export const locatorFields: INodeProperties[] = [
	propertyField({
		required: false,
		description:
			'The property to which callbacks belong. To get, update or delete one it is only needed to pick the callback from a list; to match a bare event it is used where the event names none.',
		displayOptions: shownFor('create', 'getMany', 'matchEvent', ...OF_ONE),
	}),
	{
		displayName: 'Callback',
		name: 'callbackId',
		type: 'resourceLocator',
		default: { mode: 'id', value: '' },
		required: true,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod: 'searchCallbacks', searchable: true },
			},
			idMode('CB', 'CB4310904d415549888cc9e31ebe1e1e45'),
		],
		displayOptions: shownFor(...OF_ONE),
	},
];

/** How many of a list, and in which order. */
export const listFields: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
		displayOptions: shownFor(...LISTS),
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { operation: LISTS, returnAll: [false] } },
	},
	{
		displayName: 'Page',
		name: 'page',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 1,
		description: 'The page to begin with; a page has as many as Limit says, at most 100',
		displayOptions: { show: { operation: LISTS, returnAll: [false] } },
	},
	{
		displayName: 'Sort',
		name: 'sort',
		type: 'string',
		default: '',
		placeholder: '-created_at',
		description: 'Attributes separated by commas; descending with a minus before it',
		displayOptions: shownFor(...LISTS),
	},
];

/** Which of a list. */
export const filterField = (
	name: string,
	operation: string,
	attributes: ReadonlyArray<{ name: string; value: string }>,
): INodeProperties => ({
	displayName: 'Filters',
	name,
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Filter',
	default: {},
	displayOptions: shownFor(operation),
	options: [
		{
			displayName: 'Filter',
			name: 'filter',
			values: [
				{
					displayName: 'Attribute',
					name: 'attribute',
					type: 'options',
					options: [...attributes],
					default: 'created_at',
				},
				{
					displayName: 'Operator',
					name: 'operator',
					type: 'options',
					options: [
						{ name: 'Between', value: 'BETWEEN', description: 'Two values' },
						{ name: 'Contains', value: 'CONTAINS' },
						{ name: 'Equals', value: 'EQ' },
						{ name: 'Greater Than', value: 'GT', description: 'After, for a time' },
						{ name: 'Less Than', value: 'LT', description: 'Before, for a time' },
						{ name: 'Not', value: 'NOT' },
					],
					default: 'GT',
				},
				{
					displayName: 'Value',
					name: 'value',
					type: 'string',
					default: '',
					placeholder: '2026-01-31T00:00:00.000Z',
					description: 'Several are separated by commas',
				},
			],
		},
	],
});
