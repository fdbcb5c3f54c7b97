import fc from 'fast-check';
import { exposition } from '../../../lib/metrics/exposition';
import { parseExposition } from '../../e2e/harness/exposition';

it('writes counters, gauges and histograms as the format has it', () => {
	expect(
		exposition([
			{
				name: 'ended_total',
				help: 'What\nended \\ here.',
				type: 'counter',
				samples: [{ labels: { outcome: 'dead', queue: 'a "b"\\\n' }, value: 3 }],
			},
			{ name: 'bytes', help: 'Size.', type: 'gauge', samples: [{ labels: {}, value: 1.5 }] },
			{
				name: 'latency_seconds',
				help: 'Latency.',
				type: 'histogram',
				samples: [{ labels: { queue: 'q' }, bounds: [0.1, 10], counts: [2, 3, 1], sum: 40.25 }],
			},
			{ name: 'nothing', help: 'None yet.', type: 'gauge', samples: [] },
		]),
	).toBe(
		[
			'# HELP ended_total What\\nended \\\\ here.',
			'# TYPE ended_total counter',
			'ended_total{outcome="dead",queue="a \\"b\\"\\\\\\n"} 3',
			'# HELP bytes Size.',
			'# TYPE bytes gauge',
			'bytes 1.5',
			'# HELP latency_seconds Latency.',
			'# TYPE latency_seconds histogram',
			'latency_seconds_bucket{queue="q",le="0.1"} 2',
			'latency_seconds_bucket{queue="q",le="10"} 5',
			'latency_seconds_bucket{queue="q",le="+Inf"} 6',
			'latency_seconds_sum{queue="q"} 40.25',
			'latency_seconds_count{queue="q"} 6',
			'# HELP nothing None yet.',
			'# TYPE nothing gauge',
			'',
		].join('\n'),
	);
});

it('is read back by a strict parser, whatever stands in a label', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, value) => {
			const written = exposition([
				{
					name: 'x_total',
					help: text,
					type: 'counter',
					samples: [{ labels: { of: text }, value }],
				},
			]);
			expect(parseExposition(written).value('x_total', { of: text })).toBe(value);
		}),
	);
});

it.each([
	['a sample without its type', 'x_total 1\n'],
	['a type before its help', '# TYPE x_total counter\nx_total 1\n'],
	['a sample twice', '# HELP x x\n# TYPE x gauge\nx 1\nx 2\n'],
	['an open label', '# HELP x x\n# TYPE x gauge\nx{a="b} 1\n'],
	[
		'buckets that fall',
		'# HELP x x\n# TYPE x histogram\nx_bucket{le="1"} 2\nx_bucket{le="+Inf"} 1\nx_sum 1\nx_count 1\n',
	],
	['no last line feed', '# HELP x x\n# TYPE x gauge\nx 1'],
])('the parser of the tests refuses %s', (_, text) => {
	expect(() => parseExposition(text)).toThrow();
});
