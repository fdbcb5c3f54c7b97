/** The list of examples in the README, with a picture where there is one. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What each example shows, in the order in which one would look at them. */
const EXAMPLES: Readonly<Record<string, string>> = {
	'postback-delivery': 'events in, messages out: the first one to look at',
	'profile-export': 'profiles to an endpoint when they change',
	'callback-service': 'a webhook service: others subscribe to your events',
	'reactor-audit-log': "what is changed in Adobe's tags, as rows of a table",
	'push-journey': 'a trait matches, a push goes out, its opening comes back as an event',
	'dead-letters': 'dead letters to a chat and a table, and back by a replay',
	dashboard: 'a page with throughput, latencies, what waits and what died; replay and cancel in it',
	'prometheus-metrics': 'counters and latencies for Prometheus',
	'verify-signed-deliveries': 'receiving our own signed messages, and checking them',
	'stateless-retry': 'retries with the Wait node, where nothing may be stored',
};

const PART = /<!-- examples, written by npm run docs -->\n[^]*?<!-- end of examples -->/;

/** A picture of an example, or nothing. */
function pictureOf(root: string, name: string): string {
	const file = `docs/images/${name}.png`;
	if (!existsSync(join(root, file))) return '';
	const shown =
		name === 'dashboard' ? 'The dashboard page' : `The workflow ${name} in n8n's editor`;
	return `[<img src="${file}" alt="${shown}" width="240">](${file})`;
}

/**
 * The README with the examples that there are.
 * @throws Error for an example that nothing is said of
 */
export function withExamples(page: string, root: string): string {
	const there = readdirSync(join(root, 'workflows')).filter((file) => file.endsWith('.json'));
	const unknown = there.filter((file) => !Object.hasOwn(EXAMPLES, file.replace(/\.json$/, '')));
	if (unknown.length > 0) {
		throw new Error(`scripts/docs/examples.ts says nothing of ${unknown.join(', ')}`);
	}
	const rows = Object.entries(EXAMPLES)
		.filter(([name]) => there.includes(`${name}.json`))
		.map(([name, what]) => {
			const cells = [`[\`${name}.json\`](workflows/${name}.json)`, what, pictureOf(root, name)];
			return `| ${cells.join(' | ')} |`;
		});
	const more = existsSync(join(root, 'docs', 'examples.md'))
		? ['', 'What each does, step by step, and what to change in it: [examples](docs/examples.md).']
		: [];
	const part = [
		'<!-- examples, written by npm run docs -->',
		'',
		'| example | what it does | |',
		'| --- | --- | --- |',
		...rows,
		...more,
		'',
		'<!-- end of examples -->',
	].join('\n');
	return page.replace(PART, () => part);
}
