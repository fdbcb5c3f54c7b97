interface Sample {
	labels: Record<string, string>;
	value: number;
}

interface Family {
	type: string;
	samples: Map<string, Sample[]>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`, 's');
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;

/** What a scrape gave. */
export class Parsed {
	constructor(private readonly families: ReadonlyMap<string, Family>) {}

	/** The value of the one sample that has these labels. */
	value(name: string, labels: Record<string, string>): number {
		const [sample, ...more] = this.samples(name, name, labels);
		if (!sample || more.length > 0) throw new Error(`${more.length + (sample ? 1 : 0)} of ${name}`);
		return sample.value;
	}

	histogram(name: string, labels: Record<string, string>) {
		const buckets = this.samples(name, `${name}_bucket`, labels).map((one) => ({
			le: numberOf(one.labels.le),
			value: one.value,
		}));
		const [count] = this.samples(name, `${name}_count`, labels);
		const [sum] = this.samples(name, `${name}_sum`, labels);
		return { buckets, count: count?.value, sum: sum?.value };
	}

	private samples(family: string, name: string, labels: Record<string, string>): Sample[] {
		const known = this.families.get(family);
		if (!known) throw new Error(`There is no ${family}`);
		return (known.samples.get(name) ?? []).filter((sample) =>
			Object.entries(labels).every(([label, text]) => sample.labels[label] === text),
		);
	}
}

/**
 * Reads Prometheus' text format 0.0.4 and nothing else: HELP and TYPE before the samples of a metric, each
 * metric in one piece, each sample once, counters not below zero, histograms whose buckets add up.
 * @throws Error that names the line
 */
export function parseExposition(text: string): Parsed {
	if (!text.endsWith('\n')) throw new Error('It does not end with a line feed');
	const families = new Map<string, Family>();
	const helped = new Set<string>();
	let current: { name: string; family: Family } | undefined;
	for (const line of text.slice(0, -1).split('\n')) {
		const refuse = (why: string) => new Error(`${why}: ${line}`);
		const [, keyword, name, rest] =
			new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`, 's').exec(line) ?? [];
		if (keyword === 'HELP') {
			if (helped.has(name)) throw refuse('A second HELP');
			if (/\\(?![\\n])/.test(rest)) throw refuse('A lone backslash');
			helped.add(name);
		} else if (keyword === 'TYPE') {
			if (!/^(counter|gauge|histogram)$/.test(rest)) throw refuse('No type');
			if (families.has(name) || !helped.has(name)) throw refuse('TYPE twice, or before HELP');
			current = { name, family: { type: rest, samples: new Map() } };
			families.set(name, current.family);
		} else {
			if (!current) throw refuse('A sample of nothing');
			addSample(current, line, refuse);
		}
	}
	for (const [name, family] of families) check(name, family);
	return new Parsed(families);
}

function addSample(
	{ name: of, family }: { name: string; family: Family },
	line: string,
	refuse: (why: string) => Error,
): void {
	const [, name, labelText, valueText] = SAMPLE.exec(line) ?? [];
	if (name === undefined) throw refuse('No sample');
	const suffixes = family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
	if (!suffixes.some((suffix) => name === of + suffix)) throw refuse(`Not of ${of}`);
	const labels: Record<string, string> = {};
	for (let rest = labelText ?? ''; rest !== ''; ) {
		const [all, label, value] = LABEL.exec(rest) ?? [];
		if (all === undefined) throw refuse('No label');
		if (label in labels) throw refuse('A label twice');
		labels[label] = value.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one));
		rest = rest.slice(all.length);
	}
	const value = numberOf(valueText);
	if (Number.isNaN(value)) throw refuse('No number');
	const known = family.samples.get(name) ?? [];
	family.samples.set(name, known);
	const key = keyOf(labels);
	if (known.some((one) => keyOf(one.labels) === key)) throw refuse('A sample twice');
	known.push({ labels, value });
}

const keyOf = (labels: Record<string, string>) => JSON.stringify(Object.entries(labels).sort());

function numberOf(text: string): number {
	if (text === '+Inf') return Infinity;
	return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text) : NaN;
}

function check(name: string, { type, samples }: Family): void {
	if (type === 'counter') {
		if (!name.endsWith('_total')) throw new Error(`The counter ${name} has no _total`);
		for (const { value } of samples.get(name) ?? []) {
			if (value < 0) throw new Error(`${name} is below zero`);
		}
	}
	if (type !== 'histogram') return;
	const bySeries = new Map<string, { le: number; value: number }[]>();
	for (const { labels, value } of samples.get(`${name}_bucket`) ?? []) {
		const { le, ...rest } = labels;
		const key = keyOf(rest);
		bySeries.set(key, [...(bySeries.get(key) ?? []), { le: numberOf(le), value }]);
	}
	for (const suffix of ['_sum', '_count']) {
		const keys = (samples.get(name + suffix) ?? []).map(({ labels }) => keyOf(labels));
		if (keys.sort().join() !== [...bySeries.keys()].sort().join()) {
			throw new Error(`${name}${suffix} and its buckets are not of the same series`);
		}
	}
	for (const [key, buckets] of bySeries) {
		const rises = buckets.every(
			({ le, value }, at) =>
				at === 0 || (le > buckets[at - 1].le && value >= buckets[at - 1].value),
		);
		if (!rises || buckets.at(-1)?.le !== Infinity) throw new Error(`Buckets of ${name} ${key}`);
		const count = samples.get(`${name}_count`)?.find(({ labels }) => keyOf(labels) === key);
		if (count?.value !== buckets.at(-1)?.value) throw new Error(`The count of ${name} ${key}`);
	}
}
