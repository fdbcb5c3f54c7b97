import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BENCHES } from '../../bench/benches.ts';
import { goalsOf, goalsText } from '../../bench/report/goals.ts';
import { SECTIONS } from '../../bench/report/sections.ts';
import { lineOf } from '../../bench/support/comparison.ts';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'performance.md'), 'utf8');

/** As GitHub makes the anchor of a heading. */
const anchorOf = (heading: string) =>
	heading
		.toLowerCase()
		.replace(/[^a-z0-9 -]/g, '')
		.replaceAll(' ', '-');

const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => anchorOf(heading));

test.each(Object.keys(BENCHES))('the page has a place for %s, and its heading', (bench) => {
	expect(page).toContain(`<!-- figures of ${bench} -->`);
	expect(headings).toContain(SECTIONS[bench].anchor);
});

const line = (bench: string, name: string, ours: number, peer: number, more = {}) =>
	lineOf({ bench, case: name, unit: '/s', ours, peer, peerName: 'peer', n: 1, more });

test('goals of a ratio, of a rate and of a time', () => {
	expect(goalsText(line('send', 'sender-vs-undici', 9_500, 10_000))).toBe(
		'at least 0.9 of it, at least 10,000/s (**missed**)',
	);
	expect(goalsText(line('claim', '1m-vs-10k', 20, 9))).toBe(
		'under 20 ms (**missed**), less than 2 times it (**missed**)',
	);
	expect(goalsText(line('match', '100-postbacks', 20, 10))).toBe('at least 2 times it');
	const slow = { atHalf: { rate: 2_500, p50: 3, p99: 40 } };
	expect(goalsText(line('intake', 'listener', 5_000, 10, slow))).toBe(
		'at least 5,000/s, p99 under 25 ms at half of it (**missed**)',
	);
	expect(goalsText(line('push', 'apns2', 1, 2))).toBe('–');
});

test('a goal lies among the bars where it belongs', () => {
	const [ratio, rate] = goalsOf(line('send', 'sender-vs-undici', 9_500, 20_000));
	expect(ratio.mark?.(line('send', 'sender-vs-undici', 9_500, 20_000))).toBe(18_000);
	expect(rate.mark?.(line('send', 'sender-vs-undici', 9_500, 20_000))).toBe(10_000);
});
