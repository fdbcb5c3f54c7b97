import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './pages.ts';

const page = (file: string) => readFileSync(join(root, file), 'utf8');

/** Rates such as `4,450/s` or `4,450 deliveries/s`, as plain numbers. */
const ratesIn = (text: string) =>
	[...text.matchAll(/([\d,]*\d)(?: [a-z]+)?\/s\b/g)].map(([, number]) => number);

test.each(['docs/comparison.md', 'README.md', 'docs/recipes.md'])(
	'every rate in %s is one that was measured',
	(file) => {
		const measured = page('docs/performance.md');
		expect(ratesIn(page(file)).filter((rate) => !measured.includes(rate))).toEqual([]);
	},
);

test('the comparison counts the faults that were done', () => {
	const [, table] = page('docs/reliability.md').split('<!-- table of npm run test:faults -->');
	const rows = table.split('<!-- end of the table -->')[0].match(/^\| [a-z]/gm) ?? [];
	const faults = rows.length - 1; // without the head
	expect(page('docs/comparison.md')).toContain(`[${faults} faults](reliability.md)`);
});

test('a rate is found with and without what is counted', () => {
	expect(ratesIn('4,450/s and 12 deliveries/s')).toEqual(['4,450', '12']);
});
