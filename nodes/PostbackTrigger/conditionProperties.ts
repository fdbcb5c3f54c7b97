import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { CATALOG_KEYS, CATALOG_MATCHERS, type KeyKind } from '../../lib/postbacks/catalog';

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

const DEFAULTS: Record<KeyKind, { key: string; matcher: string }> = {
	metric: { key: 'a.LaunchEvent', matcher: 'ex' },
	variable: { key: 'a.AppID', matcher: 'eq' },
	date: { key: 'a.InstallDate', matcher: 'on' },
};

const choice = (
	field: Pick<INodeProperties, 'displayName' | 'name' | 'options' | 'default'>,
	kind: KeyKind,
): INodeProperties => ({
	...field,
	type: 'options',
	displayOptions: { show: { kind: [kind] } },
});

const kindFields = KINDS.flatMap(([kind, name]): INodeProperties[] => {
	const { key, matcher } = DEFAULTS[kind];
	const options = keyOptions(kind);
	const conditions = matcherOptions(kind);
	return [
		choice({ displayName: name, name: `${kind}Key`, options, default: key }, kind),
		choice(
			{ displayName: 'Condition', name: `${kind}Matcher`, options: conditions, default: matcher },
			kind,
		),
	];
});

/** The fields of one trigger or trait of a postback. */
export const conditionFields: INodeProperties[] = [
	{
		displayName: 'Data',
		name: 'kind',
		type: 'options',
		options: [
			{
				name: 'Other Key',
				value: 'other',
				description: 'Any key of the hit, such as pageName; keys of the sample hit are listed',
			},
			...KINDS.map(([value, name, description]) => ({ name, value, description })),
		],
		default: 'other',
	},
	...kindFields,
	{
		displayName: 'Key',
		name: 'otherKey',
		type: 'resourceLocator',
		default: { mode: 'name', value: '' },
		displayOptions: { show: { kind: ['other'] } },
		description: 'Spelt exactly as in the hit',
		modes: [
			{
				displayName: 'Name',
				// The editor has a label of its own for a mode that is called id.
				name: 'name',
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
		description:
			'Several alternatives go on lines of their own. Not used by Exists and Does Not Exist.',
		hint: 'One alternative on each line; none for Exists and Does Not Exist',
		// One row would be a field without line breaks.
		typeOptions: { rows: 2 },
	},
];
