import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { loadPackage, type LoadedPackage } from '../nodes/harness/package';
import { readDocumentation, root, withoutCode } from './pages.ts';

/** What n8n itself and the consoles of other products call things. */
const OTHERS = [
	...['At Specified Time', 'Continue', 'Error Workflow', 'Execute Workflow', 'On Error', 'Publish'],
	...['Retry On Fail', 'Settings', 'Timeout Workflow', 'Webhook URL', 'Webhook URLs'],
	...['Basic Auth', 'Execute Sub-workflow', 'Import From File', 'Webhook'],
	...['Certificates', 'Identifiers & Profiles', 'Keys', 'OAuth Server-to-Server', 'Security'],
];

/** Words that are stressed where a paragraph is about them. */
const STRESSED = [
	...['Again', 'Change', 'Changed', 'Fill in', 'Nodes', 'Paths', 'Scrape'],
	...['Conflicts', 'Crash', 'Credentials', 'Durable', 'Fails', 'Idle', 'Once'],
	...['Processes', 'Retention', 'Tables', 'Test', 'Updates', 'Volume', 'Waking'],
];

let words: Set<string>;

/** Every name that stands on the screen, choices included. */
function* namesIn(fields: INodeProperties[]): Iterable<string> {
	for (const { displayName, options = [], type, placeholder = '' } of fields) {
		yield displayName;
		if (/^Add /.test(placeholder)) yield placeholder;
		for (const one of options) {
			if ('values' in one) {
				yield one.displayName;
				yield* namesIn(one.values);
			} else if (type === 'collection') yield* namesIn([one as INodeProperties]);
			else {
				yield one.name;
				yield (one as INodePropertyOptions).action ?? '';
			}
		}
	}
}

/** What nodes are called in the examples. */
function namesInExamples(): string[] {
	const folder = join(root, 'workflows');
	return readdirSync(folder).flatMap((file) => {
		const { nodes } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
			nodes: Array<{ name: string }>;
		};
		return nodes.map(({ name }) => name);
	});
}

function vocabularyOf({ nodes, credentials }: LoadedPackage): Set<string> {
	const all = new Set<string>([...OTHERS, ...STRESSED, ...namesInExamples()]);
	for (const { description } of Object.values(nodes)) {
		all.add(description.displayName);
		for (const name of namesIn(description.properties)) all.add(name);
		for (const [, name] of String(description.outputs).matchAll(/'([A-Z][^']+)'/g)) all.add(name);
	}
	for (const { displayName, properties } of Object.values(credentials)) {
		all.add(displayName).add(displayName.replace(/ API$/, ''));
		for (const name of namesIn(properties)) all.add(name);
	}
	return new Set([...all].map(plain));
}

/** Without what the interface says in brackets, in whatever case. */
const plain = (word: string) =>
	word
		.replace(/\s*\([^)]*\)$/, '')
		.toLowerCase()
		.trim();

beforeAll(async () => {
	words = vocabularyOf(await loadPackage());
});

/** Names on the screen are written so; anything else in bold or italics is a sentence. */
const isName = (text: string) =>
	text
		.replace(/\s*\([^)]*\)$/, '')
		.split(' ')
		.every(
			(word) =>
				/^[^a-z]/.test(word) ||
				/^(?:a|an|and|as|by|for|from|in|is|of|on|or|per|the|to)$/.test(word),
		);

/** Names in bold or italics; a path such as *Options › Queue* gives each of its parts. */
function namesOn(page: string): string[] {
	const byHand = page.replace(/<!-- reference of[^]*?<!-- end of reference -->/g, '');
	const stressed = [
		...withoutCode(byHand).matchAll(/(?<![*\w])\*{1,2}([A-Z][^*\n]{1,70}?)\*{1,2}(?![*\w])/g),
	];
	return stressed
		.filter(([, text]) => isName(text))
		.flatMap(([, text]) => (words.has(plain(text)) ? [] : text.split(/ › |: /)))
		.flatMap((part) => (words.has(plain(part)) ? [] : part.split(', ')))
		.map((part) => part.replace(/[.:,;]$/, ''))
		.filter((part) => /^[A-Z]/.test(part));
}

// The page about the code names its steps; the others are about what is on the screen.
const pages = [...readDocumentation()].filter(([file]) => file !== 'docs/architecture.md');

test.each(pages)('%s calls things as the nodes do', (_, page) => {
	expect(namesOn(page).filter((name) => !words.has(plain(name)))).toEqual([]);
});

test('every node is called by its name on the canvas, and so are its operations', async () => {
	const { nodes } = await loadPackage();
	for (const { description } of Object.values(nodes)) {
		const [{ url }] = description.codex?.resources?.primaryDocumentation ?? [];
		const page = pages.find(([file]) => url.endsWith(`/${file}`))?.[1] ?? '';
		expect(page.split('\n')[0]).toBe(`# ${description.displayName}`);
	}
});

test('a name that no node has is noticed', () => {
	expect(namesOn('Set **Retry Polizy** and *Options › Kueue*.')).toEqual(['Retry Polizy', 'Kueue']);
	expect(namesOn('Set **Retry Policy**, *Options › Queue*, or **what you like**.')).toEqual([]);
});
