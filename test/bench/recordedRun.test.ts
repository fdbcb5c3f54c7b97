import { runOf } from '../../bench/support/recordedRun.ts';

/** As n8n writes it: values that name one another by their place in the list. */
const DATA = JSON.stringify([
	{ version: 1, resultData: '1' },
	{ runData: '2', lastNodeExecuted: '3' },
	{ 'HTTP Delivery': '4', Webhook: '5' },
	'HTTP Delivery',
	['6'],
	['7'],
	{ executionTime: 123, executionStatus: '8', data: '9' },
	{ executionTime: 4, executionStatus: '8' },
	'success',
	{ main: '10' },
	['11', '12'],
	['13', '13'],
	[],
	{ json: '14' },
	{},
]);

test("a node's execution time and items are found", () => {
	expect(runOf(DATA, 'HTTP Delivery')).toEqual({ executionTime: 123, items: 2 });
});

test('a node without output has no items', () => {
	expect(runOf(DATA, 'Webhook')).toEqual({ executionTime: 4, items: 0 });
});

test('refuses a node that did not run', () => {
	expect(() => runOf(DATA, 'HTTP Request')).toThrow('n8n recorded no run of HTTP Request');
});
