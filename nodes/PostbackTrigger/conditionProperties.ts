import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { CATALOG_KEYS, CATALOG_MATCHERS, type KeyKind } from '../../lib/postbacks';

const KINDS: [KeyKind, string, string][] = [
	['metric', 'Metric', 'Launches, crashes, session length and other numbers'],
	['variable', 'Variable', 'App, device and other texts'],
	['date', 'Date', 'First launch date'],
];

const keyOptions = (kind: KeyKind): INodePropertyOptions[] =>
	CATALOG_KEYS.filter((key) => key.kind === kind)
		.map(({ key, name, alias, description }) => ({
			name: alias ? `${alias} (${name})` : name,
			value: key,
			description: description ? `${key}, ${description}` : key,
		}))
		.sort((a, b) => a.name.localeCompare(b.name));

const matcherOptions = (kind: KeyKind): INodePropertyOptions[] =>
	CATALOG_MATCHERS[kind].map(({ code, label }) => ({
		name: label[0].toUpperCase() + label.slice(1),
		value: code,
	}));

/** Every condition that a key of unknown kind can have. */
const allMatchers = (): INodePropertyOptions[] => {
	const all = KINDS.flatMap(([kind]) => matcherOptions(kind));
	return all.filter((option, at) => all.findIndex((other) => other.value === option.value) === at);
};

const kindFields = KINDS.flatMap(([kind, name]): INodeProperties[] => [
	{
		displayName: name,
		name: `${kind}Key`,
		type: 'options',
		options: keyOptions(kind),
		default: keyOptions(kind)[0].value,
		displayOptions: { show: { kind: [kind] } },
	},
	{
		displayName: 'Condition',
		name: `${kind}Matcher`,
		type: 'options',
		options: matcherOptions(kind),
		default: kind === 'metric' ? 'ex' : matcherOptions(kind)[0].value,
		displayOptions: { show: { kind: [kind] } },
	},
]);

/** The fields of one trigger or trait of a postback. */
export const conditionFields: INodeProperties[] = [
	{
		displayName: 'Data',
		name: 'kind',
		type: 'options',
		options: [
			...KINDS.map(([value, name, description]) => ({ name, value, description })),
			{
				name: 'Other Key',
				value: 'other',
				description: 'Any key of the hit, such as pageName; keys of the sample hit are listed',
			},
		],
		default: 'metric',
	},
	...kindFields,
	{
		displayName: 'Key',
		name: 'otherKey',
		type: 'resourceLocator',
		default: { mode: 'id', value: '' },
		displayOptions: { show: { kind: ['other'] } },
		description: 'Spelt exactly as in the hit',
		modes: [
			{
				displayName: 'By Name',
				name: 'id',
				type: 'string',
				placeholder: 'pageName',
			},
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod: 'searchKeys', searchable: true },
			},
		],
	},
	{
		displayName: 'Condition',
		name: 'otherMatcher',
		type: 'options',
		options: allMatchers(),
		default: 'eq',
		displayOptions: { show: { kind: ['other'] } },
	},
	{
		displayName: 'Value',
		name: 'value',
		type: 'string',
		default: '',
		placeholder: 'MainMenu',
		description: 'Several alternatives go on lines of their own. Not used by Exists and Does Not Exist.',
		typeOptions: { rows: 1 },
	},
];
