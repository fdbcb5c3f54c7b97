import { lineOf, toText } from '../../bench/support/comparison.ts';

const comparison = {
	bench: 'send',
	case: 'sender-vs-undici',
	unit: 'deliveries/s',
	ours: 9_801.49,
	peer: 10_104.2,
	peerName: 'undici 8.12.4',
	n: 20_000,
};

test('a comparison is one line of JSON, with the ratio of ours to the peer’s', () => {
	expect(toText(lineOf(comparison))).toBe(
		'{"bench":"send","case":"sender-vs-undici","unit":"deliveries/s","ours":9801,"peer":10100,' +
			'"peerName":"undici 8.12.4","ratio":0.97,"n":20000}',
	);
});

test('further figures come after the others', () => {
	const more = { held: { claiming: 1.23456, purging: 2 }, alone: 75_123.4 };
	const line = toText(lineOf({ ...comparison, more }));
	expect(line.endsWith(',"n":20000,"held":{"claiming":1.235,"purging":2},"alone":75120}')).toBe(
		true,
	);
	expect(line).not.toContain('\n');
});
