import { lyingBars, shareLine, stackedBars, timeLines } from './charts';
import type { Bar, Counts, DashboardFigures } from './figures';
import { duration, number, percent, Times } from './format';
import { html, type Html } from './html';

/** Adobe's aim for its HTTP API destination: less than ten minutes, 95 percent of the time. */
const AIM_MS = 600_000;
const AIM_SHARE = 0.95;

const LENGTHS = {
	'1h': 'the last hour',
	'24h': 'the last 24 hours',
	'7d': 'the last 7 days',
	'30d': 'the last 30 days',
};

/** In words, as in "of the last hour". */
export const periodOf = ({ query }: DashboardFigures) => LENGTHS[query.period];

/** Of what has ended, the part that was delivered; undefined when nothing has. */
export const successOf = ({ delivered, dead }: Counts) =>
	delivered + dead === 0 ? undefined : delivered / (delivered + dead);

/** The few numbers that one looks at first. */
export function cards(figures: DashboardFigures): Html {
	const { whole, waitingNow, dueNext, now } = figures;
	const success = successOf(whole);
	const { p95, inTime } = whole;
	const next = dueNext[0]?.dueAt;
	const card = (title: string, big: string, below: Html) =>
		html`<section>
			<h2>${title}</h2>
			<p class="big">${big}</p>
			${below}
		</section>`;
	return html`<div class="cards">
		${[
			card(
				'Delivered',
				number(whole.delivered),
				html`<p class="soft">of ${number(whole.stored)} in ${periodOf(figures)}</p>`,
			),
			card(
				'Success rate',
				success === undefined ? '–' : percent(success),
				html`<p class="soft">
					${success === undefined
						? 'nothing has ended yet'
						: `${number(whole.dead)} dead ${whole.dead === 1 ? 'letter' : 'letters'}`}
				</p>`,
			),
			card(
				'Latency, p95',
				p95 === undefined ? '–' : duration(p95),
				inTime === undefined
					? html`<p class="soft">aim: 10 min</p>`
					: html`<p>
							${inTime >= AIM_SHARE
								? html`<span class="badge good">✓ within 10 min</span>`
								: html`<span class="badge bad">✗ over 10 min</span>`}
							<small>${percent(inTime)} in time</small>
						</p>`,
			),
			card(
				'Waiting now',
				number(waitingNow.count) + (waitingNow.isPart ? '+' : ''),
				html`<p class="soft">
					${waitingNow.count === 0
						? 'nothing is queued'
						: `${number(waitingNow.retrying)} for a retry${next === undefined ? '' : `; next ${next <= now ? 'now' : `in ${duration(next - now)}`}`}`}
				</p>`,
			),
		]}
	</div>`;
}

/** How it went over time. */
export function charts(figures: DashboardFigures): Html {
	const { bars, whole, timeZone } = figures;
	const times = new Times(timeZone);
	const name = (at: number) => nameOf(figures, times, at);
	const below = labelsBelow(bars.map(({ at }) => name(at)));
	const hasEnded = bars.some((bar) => successOf(bar) !== undefined);
	const hasArrived = whole.p50 !== undefined;
	const nothing = (text: string) => html`<p class="none">${text}</p>`;
	return html`<div class="grid2">
		<section>
			<div class="head">
				<h2>Throughput</h2>
				<p class="legend">
					<span><i class="delivered-c"></i>delivered</span
					><span><i class="dead-c"></i>dead letter</span
					><span><i class="waiting-c"></i>waiting</span><span><i class="closed-c"></i>closed</span>
				</p>
			</div>
			${whole.stored === 0
				? nothing(`Nothing was stored in ${periodOf(figures)}.`)
				: stackedBars(
						bars.map((bar) => ({
							title: `${name(bar.at)}: ${number(bar.delivered)} delivered, ${number(bar.dead)} dead, ${number(bar.waiting)} waiting, ${number(bar.closed)} closed`,
							parts: (['delivered', 'dead', 'waiting', 'closed'] as const).map((of) => ({
								of,
								value: bar[of],
							})),
						})),
						below,
						`Deliveries over ${periodOf(figures)}, by when they were stored: ${number(whole.delivered)} delivered, ${number(whole.dead)} dead letters, ${number(whole.waiting)} waiting, ${number(whole.closed)} closed`,
					)}${whole.stored > 0 && asTable(bars, name)}
		</section>
		<section>
			<div class="head">
				<h2>Success rate</h2>
				<p class="legend"><span>delivered, of what has ended</span></p>
			</div>
			${hasEnded
				? shareLine(
						bars.map(successOf),
						below,
						`Success rate over ${periodOf(figures)}; altogether ${percent(successOf(whole) ?? 0)}`,
					)
				: nothing('Nothing has ended yet.')}
		</section>
		<section>
			<div class="head">
				<h2>Latency, from event to delivered</h2>
				<p class="legend">
					<span><i class="bar closed-c"></i>p50</span><span><i class="bar delivered-c"></i>p95</span
					><span><i class="bar dots waiting-c"></i>p99</span>
				</p>
			</div>
			${hasArrived
				? timeLines(
						(['p50', 'p95', 'p99'] as const).map((of) => ({
							of,
							values: bars.map((bar) => bar[of]),
						})),
						AIM_MS,
						below,
						`Latency over ${periodOf(figures)}; altogether half within ${duration(whole.p50 ?? 0)}, 95 percent within ${duration(whole.p95 ?? 0)}, 99 percent within ${duration(whole.p99 ?? 0)}; the aim is 10 minutes`,
					)
				: nothing('Nothing has arrived yet.')}${hasArrived &&
			html`<p class="soft">Dashed: 10 minutes, in which 95 % are to arrive.</p>`}
		</section>
		<section>
			<div class="head">
				<h2>Attempts until success</h2>
				<p class="legend"><span>${number(whole.attempts)} attempts in all</span></p>
			</div>
			${whole.untilSuccess.length === 0
				? nothing('Nothing has arrived yet.')
				: lyingBars(
						grouped(whole.untilSuccess).map(({ name: attempts, value }) => ({
							name: attempts,
							value,
							told: `${number(value)} (${percent(value / whole.delivered)})`,
						})),
					)}
		</section>
	</div>`;
}

/** Bars up to this many attempts; the rest is one. */
const MOST_ATTEMPTS = 7;

function grouped(untilSuccess: DashboardFigures['whole']['untilSuccess']) {
	const bars = untilSuccess
		.filter(([attempts]) => attempts <= MOST_ATTEMPTS)
		.map(([attempts, value]) => ({
			name: attempts === 1 ? '1 attempt' : `${attempts} attempts`,
			value,
		}));
	const rest = untilSuccess
		.filter(([attempts]) => attempts > MOST_ATTEMPTS)
		.reduce((sum, [, value]) => sum + value, 0);
	return rest === 0 ? bars : [...bars, { name: 'more', value: rest }];
}

function nameOf({ query }: DashboardFigures, times: Times, at: number): string {
	if (query.period === '30d') return times.date(at);
	return query.period === '7d' ? `${times.date(at)}, ${times.clock(at)}` : times.clock(at);
}

/** A few of the names, the first and the last among them. */
function labelsBelow(names: string[]): string[] {
	const few = 4;
	return Array.from({ length: few }, (_, at) =>
		names[Math.round((at * (names.length - 1)) / (few - 1))].replace(/,.*/, ''),
	);
}

const asTable = (bars: readonly Bar[], name: (at: number) => string) =>
	html`<details class="table">
		<summary>As a table</summary>
		<div class="wide" role="region" aria-label="Figures over time" tabindex="0">
			<table>
				<thead>
					<tr>
						<th scope="col">From</th>
						<th scope="col" class="n">Delivered</th>
						<th scope="col" class="n">Dead</th>
						<th scope="col" class="n">Waiting</th>
						<th scope="col" class="n">Closed</th>
						<th scope="col" class="n">Success</th>
						<th scope="col" class="n">p50</th>
						<th scope="col" class="n">p95</th>
						<th scope="col" class="n">p99</th>
					</tr>
				</thead>
				<tbody>
					${bars.map((bar) => {
						const success = successOf(bar);
						const time = (ms?: number) =>
							html`<td class="n">${ms === undefined ? '–' : duration(ms)}</td>`;
						return html`<tr>
							<th scope="row">${name(bar.at)}</th>
							${[bar.delivered, bar.dead, bar.waiting, bar.closed].map(
								(value) => html`<td class="n">${number(value)}</td>`,
							)}
							<td class="n">${success === undefined ? '–' : percent(success)}</td>
							${[time(bar.p50), time(bar.p95), time(bar.p99)]}
						</tr>`;
					})}
				</tbody>
			</table>
		</div>
	</details>`;
