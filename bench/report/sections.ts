import type { Line } from '../support/comparison.ts';
import { figure, named, single, table, withUnit } from './format.ts';
import { barPlot, linePlot } from './svg.ts';
import { goalsOf } from './goals.ts';

/** How the figures of a bench are shown on the page. */
export interface Section {
	/** Its heading on the page, as a link has it. */
	anchor: string;
	/** What is ours in it. */
	ours: string;
	/** What each case is, in words. */
	cases: Readonly<Record<string, string>>;
	/** Further tables and sentences that hold figures. */
	further?: (lines: readonly Line[]) => string[];
	/** A plot in place of the bars. */
	plot?: (lines: readonly Line[]) => string;
}

/** Those that the page has, by the names of their benches. */
export const SECTIONS: Readonly<Record<string, Section>> = {
	send: {
		anchor: 'sending',
		ours: 'the sender',
		cases: {
			'sender-vs-undici': 'the sender without a store',
			'stored-vs-undici': 'each delivery on disk before it goes out, its outcome after',
		},
		further: ([{ more }]) => [
			sentence('The receiver alone takes', single(more, 'receiverAlone'), ' requests/s'),
			sentence(
				"undici's `dispatch` with a handler that does nothing:",
				single(more, 'dispatch'),
				'/s',
			),
		],
	},
	claim: {
		anchor: 'claiming',
		ours: 'with 1,000,000 stored',
		cases: { '1m-vs-10k': 'p99 of claiming 500' },
		further: ([{ more }]) => [
			table(
				['', '1,000,000 stored', '10,000 stored'],
				[['p50', ...['1m', '10k'].map((name) => `${figure(named(more, 'p50')[name])} ms`)]],
			),
			byName(named(more, 'eventLoopHeldMs'), 'ms', 'the event loop was held, at most'),
			byName(named(more, 'processorMsPerClaim'), 'ms', 'processor time for each claim'),
		],
	},
	n8n: {
		anchor: 'in-n8n',
		ours: 'HTTP Profile Destination',
		cases: {
			'http-request': '2,000 profiles',
			'profiles-100k': '100,000 profiles in one execution',
		},
		further: (lines) =>
			lines.flatMap(({ more }) => {
				const token = named(more, 'withBearerToken');
				const memory = named(more, 'memoryMb');
				return [
					token.ours === undefined
						? ''
						: `- With a bearer token from a credential: ${figure(token.ours)}/s beside ${figure(token.peer)}/s, ratio ${figure(token.ratio)}.`,
					memory.peak === undefined
						? ''
						: `- Memory of n8n's process with 100,000 profiles: ${figure(memory.before)} MB before, ${figure(memory.itemsAlone)} MB with the items alone (a No Operation node in place of the sender), ${figure(memory.peak)} MB when they are sent and n8n saves the execution with all of its items.`,
				];
			}),
	},
	push: {
		anchor: 'push',
		ours: "Push Notification's channel",
		cases: { apns2: 'beside apns2', 'node-apn': 'beside @parse/node-apn' },
		further: (lines) => [
			table(
				['processor time for each notification', ...lines.map(({ peerName }) => peerName), 'ours'],
				[
					processorRow('of the client, all its threads', lines, 'cpuMicros'),
					processorRow('of the receiver', lines, 'receiverCpuMicros'),
				],
			),
			sentence(
				'The receiver alone takes',
				single(lines[0].more, 'receiverAlone'),
				' notifications/s',
			),
		],
	},
	match: {
		anchor: 'matching',
		ours: "Postback Trigger's engine",
		cases: {
			'100-postbacks': '100 postbacks',
			'10000-postbacks': '10,000 postbacks',
		},
		further: (lines) =>
			lines.flatMap(({ case: name, more }) =>
				Object.entries(more).map(
					([engine, rate]) =>
						`- ${engine}, ${SECTIONS.match.cases[name]}: ${figure(rate as number)}/s.`,
				),
			),
	},
	drain: {
		anchor: 'draining-the-queue',
		ours: 'from the queue in n8n',
		cases: { queue: '10,000 queued deliveries' },
	},
	million: {
		anchor: 'a-million-deliveries',
		ours: 'the last tenth',
		cases: { 'last-tenth-of-a-million': '1,000,000 deliveries' },
		further: ([{ more }]) => [sentence('Over all', single(more, 'overAll'), ' deliveries/s')],
		plot: ([{ more }]) =>
			linePlot({
				title: 'Deliveries a second, tenth by tenth of a million',
				xLabel: 'tenth',
				yLabel: 'deliveries/s',
				points: pointsOf(named(more, 'rateByTenth')),
			}),
	},
	intake: {
		anchor: 'taking-hits-in',
		ours: 'Postback Trigger',
		cases: {
			webhook: "one hit a request at n8n's webhook, one postback",
			batch: "500 hits a request at n8n's webhook, NDJSON",
			listener: 'one hit a request at a port of its own',
		},
		further: (lines) =>
			lines.flatMap(({ more }) => {
				const half = named(more, 'atHalf');
				return [
					sentence(
						'With 100 postbacks in the fields of the node the webhook takes',
						single(more, 'withManyPostbacks'),
						' hits/s',
					),
					half.rate === undefined
						? ''
						: `- At ${figure(half.rate)} hits/s the port answers in ${figure(half.p50)} ms (p50) and ${figure(half.p99)} ms (p99); in the first seconds after a rest in ${figure(named(more, 'afterRest').p99)} ms (p99).`,
					sentence('The generator alone sends', single(more, 'generatorAlone'), ' requests/s'),
				];
			}),
	},
	fairness: {
		anchor: 'fairness',
		ours: 'with the dead endpoint beside',
		cases: { 'one-dead-endpoint': 'nine healthy endpoints' },
		further: ([{ more }]) => {
			const { ours, peer } = named(more, 'fromTheFirst');
			return [
				`- From the first request on, the two seconds included in which the endpoint is found to be dead: ${figure(ours)}/s beside ${figure(peer)}/s.`,
			];
		},
	},
	growth: {
		anchor: 'growth-of-the-file',
		ours: 'the second half of the run',
		cases: { 'file-size': 'largest size of the files' },
		further: ([{ n, more }]) => [
			`- ${figure(n)} deliveries were stored and delivered, ${figure(single(more, 'perSecond') ?? 0)} a second, and kept for ${figure(single(more, 'keptSeconds') ?? 0)} s; ${figure(single(more, 'left') ?? 0)} of them were in the store at the end.`,
		],
		plot: ([{ more }]) =>
			linePlot({
				title: "Size of the store's files",
				xLabel: 'seconds',
				yLabel: 'MB',
				points: pointsOf(named(more, 'megabytesBySecond')),
			}),
	},
	scale: {
		anchor: 'queue-mode',
		ours: 'two workers',
		cases: { 'two-workers': '10,000 queued deliveries, queue mode' },
	},
	startup: {
		anchor: 'start-up',
		ours: 'n8n with the package',
		cases: { 'n8n-start': "n8n's start" },
		further: ([{ more }]) => {
			const [memory, loading] = [named(more, 'memoryMb'), named(more, 'loading')];
			return [
				`- Loading all node and credential files takes ${figure(loading.ms)} ms (${figure(loading.cpuMs)} ms of processor time) and ${figure(loading.heapMb)} MB of heap.`,
				`- Memory of n8n's process once it is ready: ${figure(memory.with)} MB with the package, ${figure(memory.without)} MB without.`,
			];
		},
	},
};

/** The bars of every comparison of a bench, or the plot of its own. */
export function plotOf(bench: string, lines: readonly Line[]): string {
	const { ours, cases, plot } = SECTIONS[bench];
	if (plot) return plot(lines);
	return barPlot(
		`${bench}: ours and its peers`,
		lines.map((line) => {
			const mark = goalsOf(line)
				.find((goal) => goal.mark)
				?.mark?.(line);
			return {
				title: `${cases[line.case] ?? line.case} (${line.unit})`,
				bars: [
					{ name: ours, value: line.ours, label: figure(line.ours), isOurs: true },
					{ name: line.peerName, value: line.peer, label: figure(line.peer), isOurs: false },
				],
				...(mark === undefined ? {} : { goal: mark }),
			};
		}),
	);
}

function pointsOf(figures: Readonly<Record<string, number>>): Array<[number, number]> {
	return Object.entries(figures).map(([x, y]) => [Number(x), y]);
}

function sentence(begin: string, value: number | undefined, end: string): string {
	return value === undefined ? '' : `- ${begin} ${figure(value)}${end}.`;
}

function byName(figures: Readonly<Record<string, number>>, unit: string, what: string): string {
	const names = Object.keys(figures);
	if (names.length === 0) return '';
	return table(['', ...names], [[what, ...names.map((name) => withUnit(figures[name], unit))]]);
}

function processorRow(what: string, lines: readonly Line[], name: string): string[] {
	const values = [
		...lines.map(({ more }) => named(more, name).peer),
		named(lines[0].more, name).ours,
	];
	return [what, ...values.map((value) => `${figure(value)} µs`)];
}
