/** Plots as SVG, plain enough to be read on a light page and on a dark one. */

const STYLE = `<style>
.text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328}
.faint{fill:#59636e}
.ours{fill:#0a7f6e}.peer{fill:#8c96a0}
.line{fill:none;stroke:#0a7f6e;stroke-width:2}
.goal,.axis{fill:none;stroke:#59636e;stroke-width:1}.goal{stroke:#c4500c;stroke-width:2;stroke-dasharray:4 3}
.goal-text{fill:#c4500c}
@media (prefers-color-scheme:dark){.text{fill:#e6edf3}.faint{fill:#9198a1}.ours{fill:#2bb5a0}.peer{fill:#6e7781}
.line{stroke:#2bb5a0}.axis{stroke:#9198a1}.goal{stroke:#f0883e}.goal-text{fill:#f0883e}}
</style>`;

const WIDTH = 720;
const CHARACTER = 7.6;

/** One bar; those of ours stand out. */
export interface Bar {
	name: string;
	value: number;
	/** What is written at its end. */
	label: string;
	isOurs: boolean;
}

/** Bars of one comparison. */
export interface BarGroup {
	title: string;
	bars: readonly Bar[];
	/** A value that is aimed at. */
	goal?: number;
}

const LEFT = 230;
const RIGHT = 90;
const BAR = 22;
const TITLE = 30;
const FROM_TO = 220;
const escaped = (text: string) =>
	text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** Texts that are too long lose their end; the tables have them in full. */
const fitting = (text: string, width: number) => {
	const most = Math.floor(width / CHARACTER);
	return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
};

/** Groups of bars, one below the other, each with a scale of its own that begins at 0. */
export function barPlot(title: string, groups: readonly BarGroup[]): string {
	const parts: string[] = [];
	let y = 8;
	for (const { title: groupTitle, bars, goal } of groups) {
		const most = Math.max(...bars.map(({ value }) => value), goal ?? 0);
		const scale = (value: number) => ((WIDTH - LEFT - RIGHT) * value) / most;
		parts.push(textAt(0, y + 18, groupTitle));
		y += TITLE;
		const top = y;
		for (const { name, value, label, isOurs } of bars) {
			const width = Math.max(1, scale(value));
			parts.push(
				textAt(LEFT - 8, y + 15, fitting(name, LEFT - 8), 'faint', 'end'),
				`<rect class="${isOurs ? 'ours' : 'peer'}" x="${LEFT}" y="${y + 3}" width="${fixed(width)}" height="${BAR - 6}" rx="2"/>`,
				textAt(LEFT + width + 6, y + 15, label),
			);
			y += BAR;
		}
		if (goal !== undefined) {
			const x = fixed(LEFT + scale(goal));
			parts.push(`<path class="goal" d="M${x} ${top - 2}V${y + 2}"/>`);
			parts.push(textAt(Number(x), y + 15, 'goal', 'goal-text', 'middle'));
			y += 18;
		}
		y += 8;
	}
	return svg(title, y, parts);
}

/** A line over time or over steps; the vertical axis begins at 0. */
export interface LinePlot {
	title: string;
	xLabel: string;
	yLabel: string;
	points: ReadonlyArray<readonly [x: number, y: number]>;
}

/** One line with its two axes. */
export function linePlot({ title, xLabel, yLabel, points }: LinePlot): string {
	const [left, top, bottom] = [70, 30, 40];
	const [width, height] = [WIDTH - left - 20, FROM_TO];
	const xs = points.map(([x]) => x);
	const [first, last] = [Math.min(...xs), Math.max(...xs)];
	const most = niceAbove(Math.max(...points.map(([, y]) => y)));
	const at = ([x, y]: readonly [number, number]) =>
		`${fixed(left + (width * (x - first)) / (last - first || 1))} ${fixed(top + height * (1 - y / most))}`;
	const levels = [0, most / 2, most];
	return svg(title, top + height + bottom, [
		textAt(0, 16, `${yLabel}`, 'faint'),
		...levels.flatMap((level) => {
			const y = top + height * (1 - level / most);
			return [
				textAt(left - 8, y + 4, String(Number(level.toPrecision(3))), 'faint', 'end'),
				`<path class="axis" opacity=".35" d="M${left} ${fixed(y)}H${left + width}"/>`,
			];
		}),
		`<path class="line" d="M${points.map(at).join('L')}"/>`,
		textAt(left, top + height + 18, String(first), 'faint'),
		textAt(left + width, top + height + 18, String(last), 'faint', 'end'),
		textAt(left + width / 2, top + height + 34, xLabel, 'faint', 'middle'),
	]);
}

/** The next of 1, 2, 5, 10, … above a value. */
function niceAbove(value: number): number {
	if (!(value > 0)) return 1;
	const power = 10 ** Math.floor(Math.log10(value));
	return ([1, 2, 5].find((step) => step * power >= value) ?? 10) * power;
}

const fixed = (value: number) => String(Number(value.toFixed(1)));

function textAt(x: number, y: number, text: string, look = '', anchor = 'start'): string {
	return `<text class="text ${look}" x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

function svg(title: string, height: number, parts: readonly string[]): string {
	const size = `viewBox="0 0 ${WIDTH} ${Math.ceil(height)}" width="${WIDTH}" height="${Math.ceil(height)}"`;
	return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escaped(title)}">\n<title>${escaped(title)}</title>\n${STYLE}\n${parts.join('\n')}\n</svg>\n`;
}
