import { duration, short } from './format';
import { html, type Html } from './html';

/** Charts are drawn in a box of this height that is stretched; texts stand beside it and are not. */
const HEIGHT = 100;

interface Axes {
	/** Texts along the side, with their height from 0 (below) to 1. */
	side: { at: number; text: string }[];
	/** Texts below, from left to right. */
	below: string[];
	/** What the picture tells, for whoever does not see it. */
	label: string;
}

/** A picture with texts along two sides. */
function framed({ side, below, label }: Axes, width: number, shapes: Html[]): Html {
	const lines = side.map(
		({ at }) => html`<line class="grid" x1="0" x2="${width}" y1="${y(at)}" y2="${y(at)}"></line>`,
	);
	return html`<div class="chart">
		<div class="side" aria-hidden="true">
			${side.map(({ at, text }) => html`<span style="bottom:${percentOf(at)}">${text}</span>`)}
		</div>
		<svg
			role="img"
			aria-label="${label}"
			viewBox="0 0 ${width} ${HEIGHT}"
			preserveAspectRatio="none"
		>
			${lines}${shapes}
		</svg>
		<div class="below" aria-hidden="true">${below.map((text) => html`<span>${text}</span>`)}</div>
	</div>`;
}

const y = (share: number) => round(HEIGHT * (1 - share));
const round = (value: number) => Math.round(value * 100) / 100;
const percentOf = (share: number) => `${round(share * 100)}%`;

/** One bar of several parts, one upon the other. */
export interface StackedBar {
	parts: { of: string; value: number }[];
	/** Shown at the pointer. */
	title: string;
}

/** Bars from left to right, all to one scale. */
export function stackedBars(bars: readonly StackedBar[], below: string[], label: string): Html {
	const sums = bars.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0));
	const top = niceTop(Math.max(...sums, 1));
	const shapes = bars.map(({ parts, title }, at) => {
		let from = 0;
		const rects = parts
			.filter(({ value }) => value > 0)
			.map(({ of, value }) => {
				const height = (value / top) * HEIGHT;
				const rect = html`<rect
					class="${of}"
					x="${at * 10 + 1.2}"
					width="7.6"
					y="${round(HEIGHT - from - height)}"
					height="${round(Math.max(height, 0.6))}"
				></rect>`;
				from += height;
				return rect;
			});
		const all = html`<rect class="hit" x="${at * 10}" width="10" y="0" height="${HEIGHT}"></rect>`;
		return html`<g>${rects}${all}<title>${title}</title></g>`;
	});
	const side = [0, 0.5, 1].map((part) => ({ at: part, text: short(top * part) }));
	return framed(
		{ side: top < 2 ? [side[0], side[2]] : side, below, label },
		bars.length * 10,
		shapes,
	);
}

/** The next number that is easily halved: 12, 16, 20, 30 and so on. */
function niceTop(value: number): number {
	const power = 10 ** Math.floor(Math.log10(value));
	const steps = power < 10 ? [1, 2, 4, 6, 8, 10] : [1, 1.2, 1.6, 2, 3, 4, 6, 8, 10];
	return steps.map((step) => Math.round(step * power)).find((top) => top >= value) ?? value;
}

/** A line through the values that there are. */
export interface Line {
	of: string;
	/** From 0 to 1; undefined where there is none. */
	values: (number | undefined)[];
}

/** Where nothing has come in, the line has a gap; a value between two gaps is a point. */
function linePath({ of, values }: Line): Html {
	let path = '';
	values.forEach((value, at) => {
		if (value === undefined) return;
		const point = `${at * 10 + 5} ${y(value)}`;
		const isAfterGap = values[at - 1] === undefined;
		path += isAfterGap ? `M${point}h0.01` : `L${point}`;
	});
	return html`<path class="line ${of}" d="${path}"></path>`;
}

/** Shares from 0 to 1 as a line. */
export function shareLine(values: (number | undefined)[], below: string[], label: string): Html {
	const side = [0, 0.5, 1].map((at) => ({ at, text: `${at * 100} %` }));
	return framed({ side, below, label }, values.length * 10, [linePath({ of: 'rate', values })]);
}

const MARKS = [
	10,
	100,
	1_000,
	10_000,
	60_000,
	600_000,
	3_600_000,
	6 * 3_600_000,
	86_400_000,
	7 * 86_400_000,
];

/** Times as lines, each step up ten times as long, with one time marked. */
export function timeLines(
	lines: { of: string; values: (number | undefined)[] }[],
	aimMs: number,
	below: string[],
	label: string,
): Html {
	const all = lines.flatMap(({ values }) => values.filter((value) => value !== undefined));
	const low = Math.log10(10);
	const top = MARKS.find((mark) => mark >= Math.max(...all, aimMs) * 1.5) ?? Math.max(...all);
	const place = (ms: number) =>
		Math.min(1, Math.max(0, (Math.log10(Math.max(ms, 1)) - low) / (Math.log10(top) - low)));
	const marks = MARKS.filter((mark) => mark <= top && mark !== aimMs);
	// Texts would stand one upon the other.
	const side = marks.filter((mark, at) => at === 0 || place(mark) - place(marks[at - 1]) > 0.1);
	const width = (lines[0]?.values.length ?? 1) * 10;
	const aim = y(place(aimMs));
	return framed(
		{
			side: [...side.filter((mark) => Math.abs(place(mark) - place(aimMs)) > 0.08), aimMs].map(
				(mark) => ({ at: place(mark), text: duration(mark) }),
			),
			below,
			label,
		},
		width,
		[
			html`<line class="aim" x1="0" x2="${width}" y1="${aim}" y2="${aim}"></line>`,
			...lines.map(({ of, values }) =>
				linePath({ of, values: values.map((ms) => (ms === undefined ? undefined : place(ms))) }),
			),
		],
	);
}

/** Bars that lie one below the other, with a text before and behind each. */
export function lyingBars(bars: { name: string; value: number; told: string }[]): Html {
	const most = Math.max(...bars.map(({ value }) => value), 1);
	return html`<dl class="lying">
		${bars.map(
			({ name, value, told }) =>
				html`<div>
					<dt>${name}</dt>
					<dd>
						<svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">
							<rect
								class="delivered"
								width="${round(Math.max((value / most) * 100, value > 0 ? 0.5 : 0))}"
								height="10"
							></rect></svg
						><span>${told}</span>
					</dd>
				</div>`,
		)}
	</dl>`;
}
