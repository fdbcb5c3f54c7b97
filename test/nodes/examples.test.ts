import type { INodeParameters, INodeProperties, INodePropertyCollection } from 'n8n-workflow';
import { exampleWorkflows } from '../../scripts/import-workflows.ts';
import { loadPackage, type LoadedPackage } from './harness/package';

let loaded: LoadedPackage;

beforeAll(async () => (loaded = await loadPackage()), 60_000);

/** What stands in parameters and is not among the fields; by its path. */
function unknownIn(fields: INodeProperties[], values: INodeParameters, path = ''): string[] {
	return Object.entries(values).flatMap(([name, value]) => {
		const found = fields.filter((field) => field.name === name);
		if (found.length === 0) return [path + name];
		const { type, options = [], typeOptions } = found[0];
		const inner = value as INodeParameters;
		if (type === 'collection') {
			return unknownIn(options as INodeProperties[], inner, `${path}${name}.`);
		}
		if (type === 'options' && typeof value === 'string' && !value.startsWith('=')) {
			return found.some((one) => one.options?.some((o) => 'value' in o && o.value === value))
				? []
				: [`${path}${name}=${value}`];
		}
		if (type !== 'fixedCollection') return [];
		return (options as INodePropertyCollection[]).flatMap((group) => {
			const given = inner[group.name] ?? [];
			const rows = typeOptions?.multipleValues ? (given as INodeParameters[]) : [given];
			return rows.flatMap((row) =>
				unknownIn(group.values, row as INodeParameters, `${path}${name}.${group.name}.`),
			);
		});
	});
}

test('the examples use only fields and choices that there are', async () => {
	const problems: string[] = [];
	for (const { file, json } of await exampleWorkflows()) {
		for (const { name, type, parameters } of json.nodes) {
			const [packageName, node] = type.split('.');
			if (packageName !== loaded.packageName) continue;
			const { properties } = loaded.nodes[node].description;
			for (const unknown of unknownIn(properties, parameters as INodeParameters)) {
				problems.push(`${file}, ${name}: ${unknown}`);
			}
		}
	}
	expect(problems).toEqual([]);
});

test('each example has ids of its own, and wires between nodes that there are', async () => {
	const ids: string[] = [];
	for (const { json } of await exampleWorkflows()) {
		const names = json.nodes.map(({ name }) => name);
		ids.push(...json.nodes.flatMap(({ id }) => (id === undefined ? [] : [id])));
		const wires = Object.entries(json.connections).flatMap(([from, { main = [] }]) =>
			main.flatMap((output) => (output ?? []).flatMap(({ node }) => [from, node])),
		);
		expect(names).toEqual(expect.arrayContaining(wires));
		expect(new Set(names).size).toBe(names.length);
	}
	expect(new Set(ids).size).toBe(ids.length);
});
