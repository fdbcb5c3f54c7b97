/** When a field is shown, in the words that stand on the screen. */
import type { IDisplayOptions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

/** Of each field that matters, by its words, which of its choices; one of each has to be chosen. */
export type Conditions = Map<string, Set<string>>;

/** A value as the editor shows it. */
export function wordOf(field: INodeProperties | undefined, value: unknown): string {
	if (typeof value === 'boolean') return value ? 'on' : 'off';
	const choices = (field?.options ?? []) as INodePropertyOptions[];
	return choices.find((one) => one.value === value)?.name ?? String(value);
}

/** What stands for the field behind a name such as `retries` or `/operation`, and what it is called. */
function fieldsNamed(name: string, siblings: INodeProperties[], root: INodeProperties[]) {
	const among = name.startsWith('/') ? root : siblings;
	return among.filter((one) => one.name === name.replace('/', ''));
}

/**
 * What has to be chosen elsewhere for a field to be shown.
 * @param siblings the fields beside it, of which `displayOptions` speaks
 * @param root those of the node, of which it speaks with a leading `/`
 */
export function conditionsOf(
	rules: IDisplayOptions | undefined,
	siblings: INodeProperties[],
	root: INodeProperties[],
): Conditions {
	const conditions: Conditions = new Map();
	const add = (name: string, values: unknown[] = [], but = '') => {
		const known = fieldsNamed(name, siblings, root);
		const field = known.find((one) =>
			((one.options ?? []) as INodePropertyOptions[]).some(({ value }) => value === values[0]),
		);
		const words = values.map((value) => wordOf(field ?? known[0], value));
		const called = known[0]?.displayName ?? name;
		conditions.set(`${called}${but}`, new Set(words));
	};
	for (const [name, values] of Object.entries(rules?.show ?? {})) add(name, values);
	for (const [name, values] of Object.entries(rules?.hide ?? {})) add(name, values, ' is not');
	return conditions;
}

/** Both at once, such as those of a collection and of an option in it. */
export const both = (one: Conditions, other: Conditions): Conditions => new Map([...one, ...other]);

/** One condition for either of two that differ in a single field; undefined where they differ in more. */
export function eitherOf(one: Conditions, other: Conditions): Conditions | undefined {
	if (one.size !== other.size) return undefined;
	const isSame = (name: string, values: Set<string>) =>
		[...(other.get(name) ?? [])].sort().join() === [...values].sort().join();
	const differing = [...one].filter(([name, values]) => !isSame(name, values));
	const [difference] = differing;
	if (!difference) return one;
	const [name, values] = difference;
	const others = other.get(name);
	if (differing.length > 1 || !others || name.endsWith(' is not')) return undefined;
	return new Map([...one, [name, new Set([...values, ...others])]]);
}

/** For a cell of a table. */
export function inWords(conditions: Conditions): string {
	return [...conditions]
		.map(
			([name, values]) => `${name}${name.endsWith(' is not') ? '' : ':'} ${[...values].join(', ')}`,
		)
		.join('; ');
}
