import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { INodeParameters, INodeProperties, INodePropertyCollection } from 'n8n-workflow';
import { exampleWorkflows } from '../../scripts/import-workflows.ts';
import { rootDir } from '../../scripts/paths.ts';
import { pictureOf } from '../support/examplePictures.ts';
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

/** The nodes of n8n's own that the examples use: each is known to n8n 2.41. */
const NODES_OF_N8N = [
	'aggregate',
	'dataTable',
	'executeWorkflowTrigger',
	'filter',
	'httpRequest',
	'if',
	'manualTrigger',
	'n8nTrigger',
	'noOp',
	'respondToWebhook',
	'scheduleTrigger',
	'set',
	'stickyNote',
	'wait',
	'webhook',
];

const isNote = ({ type }: { type: string }) => type === 'n8n-nodes-base.stickyNote';

/** What a secret looks like, in a node as in a note; `<token>` and the like are for the reader to fill in. */
const SECRETS = [
	/wh(?:sec|sk)_[A-Za-z0-9+/]{16}/,
	/Bearer [\w.~+/-]{8}/,
	/-----BEGIN/,
	/hooks\.slack\.com|webhook\.office\.com|discord\.com\/api\/webhooks|chat\.googleapis\.com/,
	/[?&](?:access_?token|api_?key|key|sig|signature|secret|token)=[\w%-]{12}/i,
	/"(?:token|password|secret|secretValue|clientSecret|privateKey)": ?"[^"=<]/,
	/:\/\/[^/\s"]+:[^/\s"]+@/,
];

describe('each example can be imported as it is', () => {
	test('it uses only nodes that n8n or this package has', async () => {
		const unknown = (await exampleWorkflows()).flatMap(({ file, json }) =>
			json.nodes
				.filter(({ type }) => {
					const [packageName, node] = type.split('.');
					if (packageName === 'n8n-nodes-base') return !NODES_OF_N8N.includes(node);
					return packageName !== loaded.packageName || !(node in loaded.nodes);
				})
				.map(({ type }) => `${file}: ${type}`),
		);
		expect(unknown).toEqual([]);
	});

	test('it brings no credential, no secret, no pinned or recorded data along', async () => {
		for (const { file, json } of await exampleWorkflows()) {
			const text = JSON.stringify(json);
			const found = SECRETS.flatMap((secret) => secret.exec(text)?.[0] ?? []);
			const people = [...text.matchAll(/[\w.+-]+(?:@|%40)([\w-]+(?:\.[\w-]+)+)/g)];
			const real = people.filter(([, host]) => !/(?:^|\.)(?:example\.\w+|acme\.com)$/.test(host));
			expect({
				file,
				found,
				real: real.map(([address]) => address),
				credentials: json.nodes.filter(({ credentials }) => credentials !== undefined).length,
				pinData: json.pinData ?? {},
				staticData: json.staticData ?? null,
			}).toEqual({ file, found: [], real: [], credentials: 0, pinData: {}, staticData: null });
		}
	});

	test('it is not switched on by the import, and keeps no messages in executions', async () => {
		for (const { file, json } of await exampleWorkflows()) {
			expect({ file, ...json, nodes: [], connections: {} }).toMatchObject({
				file,
				settings: { executionOrder: 'v1', saveDataSuccessExecution: 'none', executionTimeout: -1 },
			});
			expect(json.active ?? false).toBe(false);
		}
	});

	test('every node is connected, and none is switched off', async () => {
		const problems = (await exampleWorkflows()).flatMap(({ file, json }) => {
			const targets = Object.values(json.connections).flatMap(({ main }) =>
				main.flatMap((output) => (output ?? []).map(({ node }) => node)),
			);
			const sources = Object.entries(json.connections)
				.filter(([, { main }]) => main.some((output) => (output ?? []).length > 0))
				.map(([name]) => name);
			const wired = new Set([...targets, ...sources]);
			return json.nodes
				.filter((node) => !isNote(node) && (node.disabled === true || !wired.has(node.name)))
				.map(({ name }) => `${file}: ${name}`);
		});
		expect(problems).toEqual([]);
	});

	test('its notes tell how to begin', async () => {
		for (const { file, json } of await exampleWorkflows()) {
			const notes = json.nodes.filter(isNote).map(({ parameters }) => parameters);
			const begin = notes.filter(({ color }) => color === 4).map(({ content }) => String(content));
			expect({ file, begin }).toEqual({
				file,
				begin: [expect.stringMatching(/^## (?:Try it|Set it up)\n[^]*\*\*Publish\*\*/)],
			});
			expect(notes.length).toBeGreaterThan(1);
		}
	});

	test('nodes and notes lie on the grid, and notes on no node', async () => {
		const problems: string[] = [];
		for (const { file, json } of await exampleWorkflows()) {
			for (const { name, position } of json.nodes) {
				if (position.some((value) => value % 16 !== 0)) problems.push(`${file}: ${name} is off`);
			}
			const nodes = json.nodes.filter((node) => !isNote(node));
			for (const { name, position, parameters } of json.nodes.filter(isNote)) {
				const [left, top] = position;
				const { width, height } = parameters as { width: number; height: number };
				const under = nodes.filter(
					({ position: [x, y] }) =>
						x + 96 > left && x < left + width && y + 96 > top && y < top + height,
				);
				problems.push(...under.map((node) => `${file}: ${name} lies on ${node.name}`));
			}
		}
		expect(problems).toEqual([]);
	});

	test('it is told of in docs/examples.md, with its picture', async () => {
		const docs = join(rootDir, 'docs');
		const page = await readFile(join(docs, 'examples.md'), 'utf8');
		for (const { file, json } of await exampleWorkflows()) {
			const [, section] = page.split(`\n## ${json.name}\n`);
			const picture = `images/${pictureOf(file)}`;
			expect({ file, section: section?.split('\n## ')[0] }).toEqual({
				file,
				section: expect.stringContaining(`](${picture})`),
			});
			expect(section).toContain(`(../workflows/${file})`);
			expect(existsSync(join(docs, picture))).toBe(true);
			const anchor = json.name.toLowerCase().replaceAll(' ', '-');
			expect(page).toContain(`| [${json.name}](#${anchor}) |`);
		}
	});
});
