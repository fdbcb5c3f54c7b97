import { barPlot, linePlot } from '../../bench/report/svg.ts';

const bars = [
	{ name: 'ours', value: 50, label: '50', isOurs: true },
	{ name: 'peer', value: 100, label: '100', isOurs: false },
];

const widths = (svg: string) =>
	[...svg.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map(([, w]) => Number(w));

test('bars are as long as their values', () => {
	const [ours, peer] = widths(barPlot('Plot', [{ title: 'Case', bars }]));
	expect(ours * 2).toBe(peer);
});

test('a goal beyond the bars makes them shorter, and is marked', () => {
	const svg = barPlot('Plot', [{ title: 'Case', bars, goal: 200 }]);
	const [, peer] = widths(svg);
	expect(peer).toBe(200);
	expect(svg).toContain('class="goal"');
});

test('each group has a scale of its own', () => {
	const few = [{ ...bars[0], value: 0.001 }];
	const [first, , second] = widths(
		barPlot('Plot', [
			{ title: 'Case', bars },
			{ title: 'Other', bars: few },
		]),
	);
	expect(second).toBe(2 * first);
});

test('texts cannot break out of the plot', () => {
	const name = '<script>"&';
	const svg = barPlot(name, [{ title: name, bars: [{ ...bars[0], name, label: name }] }]);
	expect(svg).not.toContain('<script>');
	expect(svg).not.toContain(name);
});

test('both colour schemes are there', () => {
	expect(barPlot('Plot', [{ title: 'Case', bars }])).toContain('prefers-color-scheme:dark');
});

test('a line goes through its points, from 0 upwards', () => {
	const svg = linePlot({
		title: 'Size',
		xLabel: 'seconds',
		yLabel: 'MB',
		points: [
			[0, 0],
			[10, 5],
			[20, 10],
		],
	});
	expect(svg).toContain('class="line" d="M70 250L385 140L700 30"');
	expect(svg).toContain('>10</text>');
});

test('a line of zeros is drawn', () => {
	const points = [
		[0, 0],
		[1, 0],
	] as const;
	expect(linePlot({ title: '', xLabel: '', yLabel: '', points })).not.toContain('NaN');
});
