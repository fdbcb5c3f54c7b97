/** The media type of Prometheus' text format. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
	labels: Labels;
	value: number;
}

/** How values are spread: `counts` has one more than `bounds`, for what is above the last. */
export interface HistogramSample {
	labels: Labels;
	bounds: readonly number[];
	/** Of each bucket by itself. */
	counts: readonly number[];
	sum: number;
}

/** A metric with all its samples. */
export type Family = { name: string; help: string } & (
	| { type: 'counter' | 'gauge'; samples: readonly Sample[] }
	| { type: 'histogram'; samples: readonly HistogramSample[] }
);

/**
 * Metrics in Prometheus' text exposition format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). A metric without samples is told of too, so
 * that one sees which there are.
 */
export function exposition(families: readonly Family[]): string {
	const lines: string[] = [];
	for (const family of families) {
		const { name, help, type } = family;
		lines.push(`# HELP ${name} ${help.replace(/[\\\n]/g, escaped)}`, `# TYPE ${name} ${type}`);
		if (family.type === 'histogram') {
			for (const sample of family.samples) lines.push(...histogramLines(name, sample));
		} else {
			for (const { labels, value } of family.samples) lines.push(line(name, labels, value));
		}
	}
	return `${lines.join('\n')}\n`;
}

function* histogramLines(
	name: string,
	{ labels, bounds, counts, sum }: HistogramSample,
): Iterable<string> {
	let below = 0;
	for (const [at, bound] of [...bounds, Infinity].entries()) {
		below += counts[at] ?? 0;
		yield line(`${name}_bucket`, { ...labels, le: numberOf(bound) }, below);
	}
	yield line(`${name}_sum`, labels, sum);
	yield line(`${name}_count`, labels, below);
}

function line(name: string, labels: Labels, value: number): string {
	const pairs = Object.entries(labels).map(
		([label, text]) => `${label}="${text.replace(/[\\"\n]/g, escaped)}"`,
	);
	return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberOf(value)}`;
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };
const escaped = (character: string) => ESCAPES[character];

const numberOf = (value: number) =>
	value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);
