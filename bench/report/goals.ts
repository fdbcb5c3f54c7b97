import type { Line } from '../support/comparison.ts';
import { figure, named } from './format.ts';

/** What a figure is to reach. */
export interface Goal {
	text: string;
	isMet: (line: Line) => boolean;
	/** Where it lies among the bars of the comparison. */
	mark?: (line: Line) => number;
}

const timesThePeer = (least: number): Goal => ({
	text: least < 1 ? `at least ${least} of it` : `at least ${least} times it`,
	isMet: ({ ratio }) => ratio >= least,
	mark: ({ peer }) => peer * least,
});

const atLeast = (least: number, unit: string): Goal => ({
	text: `at least ${figure(least)}${unit}`,
	isMet: ({ ours }) => ours >= least,
	mark: () => least,
});

const under = (most: number, unit: string): Goal => ({
	text: `under ${most} ${unit}`,
	isMet: ({ ours }) => ours < most,
	mark: () => most,
});

const p99AtHalfUnder = (most: number): Goal => ({
	text: `p99 under ${most} ms at half of it`,
	isMet: ({ more }) => named(more, 'atHalf').p99 < most,
});

const ratioUnder = (most: number): Goal => ({
	text: `less than ${most} times it`,
	isMet: ({ ratio }) => ratio < most,
});

/** By bench and case. Where there is none, the figure is there to be known. */
const GOALS: Readonly<Record<string, readonly Goal[]>> = {
	'send/sender-vs-undici': [timesThePeer(0.9), atLeast(10_000, '/s')],
	'send/stored-vs-undici': [timesThePeer(0.75)],
	'claim/1m-vs-10k': [under(20, 'ms'), ratioUnder(2)],
	'n8n/http-request': [timesThePeer(30)],
	'match/100-postbacks': [timesThePeer(2)],
	'match/10000-postbacks': [timesThePeer(50)],
	'drain/queue': [atLeast(5_000, '/s')],
	'million/last-tenth-of-a-million': [timesThePeer(0.9)],
	'intake/webhook': [timesThePeer(5)],
	'intake/batch': [atLeast(5_000, '/s')],
	'intake/listener': [atLeast(5_000, '/s'), p99AtHalfUnder(25)],
	'fairness/one-dead-endpoint': [timesThePeer(0.9)],
	'growth/file-size': [ratioUnder(1.1)],
};

export const goalsOf = ({ bench, case: name }: Line): readonly Goal[] =>
	GOALS[`${bench}/${name}`] ?? [];

/** The goals in words, each with whether it was reached. */
export function goalsText(line: Line): string {
	const texts = goalsOf(line).map(
		({ text, isMet }) => `${text}${isMet(line) ? '' : ' (**missed**)'}`,
	);
	return texts.length === 0 ? '–' : texts.join(', ');
}
