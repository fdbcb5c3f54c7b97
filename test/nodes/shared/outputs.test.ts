import type { IExecuteFunctions, NodeExecutionHint } from 'n8n-workflow';
import type { Delivery } from '../../../lib/delivery/delivery';
import type { SenderReport } from '../../../lib/delivery/sender';
import type { SenderResult } from '../../../lib/delivery/senderTypes';
import { giveHints, toOutputs } from '../../../nodes/shared/senderOutputs';

const delivery = (status: Delivery['status'] = 'delivered'): Delivery => ({
	id: 'msg_1',
	kind: 'callback',
	name: 'n',
	request: { method: 'GET', url: 'https://a.example/?key=s', headers: {} },
	attempt: 1,
	status,
});
const result = (
	kind: SenderResult['kind'],
	index = 0,
	status?: Delivery['status'],
): SenderResult => ({
	index,
	kind,
	delivery: delivery(status),
});

function hintsFor(report: Partial<SenderReport>): string[] {
	const hints: NodeExecutionHint[] = [];
	const context = {
		addExecutionHints: (...more: NodeExecutionHint[]) => hints.push(...more),
	} as unknown as IExecuteFunctions;
	giveHints(context, { results: [], stopped: 0, late: 0, ...report });
	for (const hint of hints) expect(hint).toMatchObject({ type: 'warning', location: 'outputPane' });
	return hints.map(({ message }) => message);
}

describe('hints', () => {
	test('there are none where all went well', () => {
		expect(
			hintsFor({ results: [result('delivered'), result('retrying'), result('dead')] }),
		).toEqual([]);
	});

	test.each([
		['what was not sent at the end', { stopped: 3 }, /^3 deliveries were not sent.*stay queued/],
		['a queue that is paused', { queuePaused: 'The receiver refused' }, /^The receiver refused$/],
		['outcomes that came too late', { late: 2 }, /^2 outcomes came after the lease had lapsed/],
		['a store that failed', { storeFailure: new Error('disk full') }, /\(disk full\).*second time/],
		['a store that failed with no error', { storeFailure: 'disk full' }, /\(disk full\)/],
		[
			'what was passed on',
			{ results: [result('passed'), result('dropped')] },
			/^2 items were passed on without sending/,
		],
		[
			'duplicates',
			{ results: [result('duplicate')] },
			/^1 items were not sent: their deduplication key/,
		],
	])('%s', (_name, report, expected) => {
		expect(hintsFor(report)).toEqual([expect.stringMatching(expected)]);
	});
});

describe('outputs', () => {
	const outputsOf = (results: SenderResult[], masked = true) => {
		const items = [
			{ json: { first: true } },
			{ json: { second: true } },
			{ json: { third: true } },
		];
		const context = { getInputData: () => items } as unknown as IExecuteFunctions;
		return toOutputs(context, results, masked);
	};

	test.each([
		['delivered', undefined, 0],
		['retrying', 'retrying', 1],
		['dead', 'dead', 2],
		['passed', 'delivered', 0],
		['passed', 'pending', 1],
		['passed', 'retrying', 1],
		['passed', 'dead', 2],
	] as const)('%s (%s) goes to output %d', (kind, status, output) => {
		const lengths = outputsOf([result(kind, 0, status)]).map((items) => items.length);
		expect(lengths).toEqual([0, 1, 2].map((at) => (at === output ? 1 : 0)));
	});

	test.each(['duplicate', 'dropped'] as const)('%s goes nowhere', (kind) => {
		expect(outputsOf([result(kind)])).toEqual([[], [], []]);
	});

	test('items come in the order of the input, whatever the order of the answers', () => {
		const [delivered] = outputsOf([result('delivered', 2), result('delivered', 0)]);
		expect(delivered.map(({ json, pairedItem }) => [Object.keys(json)[0], pairedItem])).toEqual([
			['first', { item: 0 }],
			['third', { item: 2 }],
		]);
	});

	test.each([
		['dead', true, '***'],
		['dead', false, '***'],
		['retrying', true, '***'],
		['retrying', false, 's'],
	] as const)('the key of a %s one, masked %s, is shown as %s', (kind, masked, key) => {
		const [item] = outputsOf([result(kind, 0, kind)], masked).flat();
		expect((item.json.delivery as unknown as Delivery).request.url).toBe(
			`https://a.example/?key=${key}`,
		);
	});
});
