import { intoPage } from '../../bench/report/page.ts';
import { lineOf, type Comparison } from '../../bench/support/comparison.ts';
import type { Results } from '../../bench/support/results.ts';

const machine = {
	processor: 'A processor',
	cores: 2,
	memoryGb: 8,
	system: 'linux x64',
	node: '24.0.0',
	n8n: '2.41.1',
};

const results = (bench: string, comparison: Partial<Comparison>, loadBefore = 0.1): Results => ({
	bench,
	date: '2026-11-22T09:00:00.000Z',
	seconds: 61,
	loadBefore,
	machine,
	comparisons: [
		lineOf({
			bench,
			case: 'queue',
			unit: 'deliveries/s',
			ours: 4_449.6,
			peer: 20_100,
			peerName: 'undici 8.12.4',
			n: 30_000,
			...comparison,
		}),
	],
});

const PAGE = `# Performance

<!-- figures of overview -->
<!-- end of figures -->

## Draining

Written by hand.

<!-- figures of drain -->
what stood here before
<!-- end of figures -->

More by hand.

<!-- figures of fairness -->
measured another time
<!-- end of figures -->
`;

const drain = results('drain', {});

test('figures come between the marks of their bench, with goal, machine, date and command', () => {
	const page = intoPage(PAGE, [drain]);
	expect(page).toContain(
		'| `queue`: 10,000 queued deliveries | 4,450/s | 20,100/s (undici 8.12.4) | 0.221 | at least 5,000/s (**missed**) |',
	);
	expect(page).toContain('![10,000 queued deliveries](images/performance-drain.svg)');
	expect(page).toContain(
		'*2026-11-22, `npm run bench -- drain` (61 s); A processor, 2 cores, 8 GB, linux x64, Node.js 24.0.0, n8n 2.41.1.*',
	);
	expect(page).not.toContain('what stood here before');
});

test('what is written by hand stays, and figures of benches that were not run', () => {
	const page = intoPage(PAGE, [drain]);
	for (const kept of ['Written by hand.', 'More by hand.', 'measured another time']) {
		expect(page).toContain(kept);
	}
	expect(intoPage(PAGE, [])).toBe(PAGE);
});

test('writing again changes nothing', () => {
	const once = intoPage(PAGE, [drain]);
	expect(intoPage(once, [drain])).toBe(once);
});

test('a goal that is reached is not said to be missed', () => {
	const page = intoPage(PAGE, [results('drain', { ours: 5_000 })]);
	expect(page).toContain('| at least 5,000/s |');
});

test('the overview has a line for each comparison, with a link to its figures', () => {
	const page = intoPage(PAGE, [drain]);
	expect(page).toContain('| [drain](#draining-the-queue): 10,000 queued deliveries | 4,450/s |');
});

test('figures of a busy machine are said to be such', () => {
	expect(intoPage(PAGE, [drain])).not.toContain('busy');
	expect(intoPage(PAGE, [results('drain', {}, 3.456)])).toContain(
		'**The machine was busy** (load of 3.46 for each core before)',
	);
});

test('refuses figures for which the page has no place', () => {
	expect(() => intoPage(PAGE, [results('send', {})])).toThrow(
		'The page has no place for figures: <!-- figures of send -->',
	);
});
