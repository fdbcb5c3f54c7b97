import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INodeProperties, INodeTypeDescription } from 'n8n-workflow';
import { withExamples } from '../../scripts/docs/examples.ts';
import { namesOn, readPages, refreshed, type Types } from '../../scripts/docs/pages.ts';
import { credentialReference, nodeReference } from '../../scripts/docs/reference.ts';
import { loadPackage } from '../nodes/harness/package';

const root = join(__dirname, '..', '..');
const folder = join(root, 'docs');
const pages = readPages(folder);
let types: Types;

beforeAll(async () => {
	const { nodes, credentials } = await loadPackage();
	const descriptions = Object.entries(nodes).map(([name, { description }]) => [name, description]);
	types = { nodes: Object.fromEntries(descriptions), credentials };
});

describe('the pages in docs/', () => {
	test.each([...pages.keys()])('%s says what the descriptions say (mend: npm run docs)', (file) => {
		const page = pages.get(file) ?? '';
		expect(refreshed(page, types)).toBe(page);
	});

	test('have the reference of every node and credential type once', () => {
		const named = [...pages.values()].flatMap(namesOn);
		const wanted = [...Object.keys(types.nodes), ...Object.keys(types.credentials)];
		expect(named.sort()).toEqual(wanted.sort());
	});

	test('have the reference of a node on the page that its codex names', () => {
		for (const [name, { codex }] of Object.entries(types.nodes)) {
			const [{ url }] = codex?.resources?.primaryDocumentation ?? [];
			const page = pages.get(url.split('/docs/')[1]) ?? '';
			expect(namesOn(page)).toEqual([name]);
		}
	});
});

/** A node with some fields. */
const node = (properties: INodeProperties[], rest: Partial<INodeTypeDescription> = {}) =>
	({ properties, outputs: ['main'], ...rest }) as INodeTypeDescription;

const text = (displayName: string, rest: Partial<INodeProperties> = {}): INodeProperties => ({
	displayName,
	name: displayName.toLowerCase(),
	type: 'string',
	default: '',
	...rest,
});

const choice = (displayName: string, ...names: string[]): INodeProperties => ({
	...text(displayName),
	type: 'options',
	options: names.map((name) => ({ name, value: name.toLowerCase() })),
	default: names[0].toLowerCase(),
});

const rowsOf = (properties: INodeProperties[]) =>
	nodeReference(node(properties), {})
		.split('### Fields')[1]
		.split('\n')
		.filter((line) => line.startsWith('| '))
		.slice(2);

describe('the reference of a node', () => {
	test('changes with a description, a default and a choice', () => {
		const before = nodeReference(node([choice('Method', 'Get', 'Post')]), {});
		const field = choice('Method', 'Get', 'Post');
		for (const changed of [
			{ ...field, description: 'Of the request' },
			{ ...field, default: 'post' },
			choice('Method', 'Get', 'Put'),
		]) {
			expect(nodeReference(node([changed]), {})).not.toBe(before);
		}
	});

	test('tells in words when a field is shown', () => {
		const rows = rowsOf([
			choice('Send', 'Items', 'Fields'),
			text('URL', { displayOptions: { show: { send: ['fields'] } } }),
			text('Note', { displayOptions: { hide: { send: ['items'] } } }),
		]);
		expect(rows[1]).toBe('| URL | text |  | Send: Fields |  |');
		expect(rows[2]).toBe('| Note | text |  | Send is not Items |  |');
	});

	test('joins what several operations have alike', () => {
		const rows = rowsOf([
			choice('Operation', 'Get', 'Replay'),
			text('ID', { displayOptions: { show: { operation: ['get'] } } }),
			text('ID', { displayOptions: { show: { operation: ['replay'] } } }),
		]);
		expect(rows.slice(1)).toEqual(['| ID | text |  | Operation: Get, Replay |  |']);
	});

	test('goes into collections, and leaves notices and hidden fields out', () => {
		const rows = rowsOf([
			{ ...text('Hidden'), type: 'hidden' },
			{ ...text('Mind this'), type: 'notice' },
			{ ...text('Options'), type: 'collection', default: {}, options: [text('Queue')] },
			{
				...text('Headers'),
				type: 'fixedCollection',
				default: {},
				options: [{ displayName: 'Header', name: 'header', values: [text('Value')] }],
			},
		]);
		expect(rows.map((row) => row.split(' | ')[0])).toEqual([
			'| Options',
			'| Options › Queue',
			'| Headers',
			'| Headers › Value',
		]);
	});

	test('works out the outputs for each choice that matters to them', () => {
		const outputs =
			'={{ $parameter["retries"] === "output" ? [{ type: "main", displayName: "Retry" }] : ["main"] }}';
		const reference = nodeReference(
			node([choice('Retries', 'Queue', 'Output')], { outputs } as Partial<INodeTypeDescription>),
			{},
		);
		expect(reference).toContain('| Retries: Queue | one, without a name |');
		expect(reference).toContain('| Retries: Output | Retry |');
	});

	test('keeps markup in a description from becoming markup of the page', () => {
		const [row] = rowsOf([text('Hosts', { description: 'a|b, *.example.org, <script>' })]);
		expect(row).toBe('| Hosts | text |  | a\\|b, \\*.example.org, &lt;script> |');
	});
});

test('a secret of a credential is called one', () => {
	const token = text('Token', { typeOptions: { password: true }, default: '' });
	const reference = credentialReference({
		name: 'tokenApi',
		displayName: 'Token API',
		properties: [token],
	});
	expect(reference).toContain('| Token | secret text |');
});

describe('a page', () => {
	const page = (name: string) =>
		`# Title\n\nBy hand.\n\n<!-- reference of ${name}, written by npm run docs -->\nSTALE\n<!-- end of reference -->\n\nBy hand too.\n`;

	test('keeps what is written by hand', () => {
		const [name] = Object.keys(types.credentials);
		const now = refreshed(page(name), types);
		expect(now).toMatch(/^# Title\n\nBy hand\.\n\n<!--[^]*-->\n\nBy hand too\.\n$/);
		expect(now).not.toContain('STALE');
		expect(refreshed(now, types)).toBe(now);
	});

	test('with the reference of something that there is not is refused', () => {
		expect(() => refreshed(page('noSuchNode'), types)).toThrow('noSuchNode');
	});
});

describe('the examples in the README', () => {
	const part = '<!-- examples, written by npm run docs -->\nSTALE\n<!-- end of examples -->';
	let checkout: string;

	beforeEach(() => {
		checkout = mkdtempSync(join(tmpdir(), 'postback-examples-'));
		mkdirSync(join(checkout, 'workflows'));
		mkdirSync(join(checkout, 'docs', 'images'), { recursive: true });
	});

	afterEach(() => {
		rmSync(checkout, { recursive: true });
	});

	test('are those that there are (mend: npm run docs)', () => {
		const readme = readFileSync(join(root, 'README.md'), 'utf8');
		expect(withExamples(readme, root)).toBe(readme);
		expect(readme).toContain('workflows/postback-delivery.json');
	});

	test('have a picture where there is one', () => {
		for (const name of ['dashboard', 'dead-letters']) {
			writeFileSync(join(checkout, 'workflows', `${name}.json`), '{}');
		}
		writeFileSync(join(checkout, 'docs', 'images', 'dashboard.png'), 'a picture');
		const now = withExamples(part, checkout);
		expect(now).toContain('src="docs/images/dashboard.png"');
		expect(now).toContain('workflows/dead-letters.json');
		expect(now).not.toContain('dead-letters.png');
		expect(now).not.toContain('STALE');
	});

	test('one that nothing is said of is refused', () => {
		writeFileSync(join(checkout, 'workflows', 'another.json'), '{}');
		expect(() => withExamples(part, checkout)).toThrow('another.json');
	});
});
