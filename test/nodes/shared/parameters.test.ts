import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { itemReader, numberOption } from '../../../nodes/shared/parameters';
import { testNode } from '../harness/contexts';

describe('reading a parameter for each item', () => {
	function reading(parameters: INodeParameters, name: string) {
		const asked: number[] = [];
		const context = {
			getNode: () => testNode({ parameters }),
			getNodeParameter: ((_name: string, index: number) => {
				asked.push(index);
				return `value ${index}`;
			}) as never,
		};
		const read = itemReader(context, name, 'otherwise');
		const values = [0, 1, 2].map(read);
		return { asked, values };
	}

	test('without an expression n8n is asked once', () => {
		expect(reading({ url: 'https://a.example' }, 'url')).toEqual({
			asked: [0],
			values: ['value 0', 'value 0', 'value 0'],
		});
	});

	test('with one it is asked for every item', () => {
		expect(reading({ url: '={{ $json.url }}' }, 'url').values).toEqual([
			'value 0',
			'value 1',
			'value 2',
		]);
	});

	test.each([
		['in a collection', { options: { key: '={{ 1 }}' } }, 'options.key'],
		['deep within', { headers: { header: [{ name: 'a', value: '=b' }] } }, 'headers'],
	])('an expression is found %s', (_name, parameters, name) => {
		expect(reading(parameters, name).asked).toEqual([0, 1, 2]);
	});

	test('a parameter that is not there is asked for once, and what would be read is not asked before', () => {
		expect(reading({}, 'options.key').asked).toEqual([0]);
		const context = { getNode: () => testNode(), getNodeParameter: (() => fail()) as never };
		itemReader(context, 'url', '');
	});
});

describe('a number under Options', () => {
	const read = (value: unknown) =>
		numberOption(testNode(), { size: value } as IDataObject, ['size', 'Batch Size'], 500);

	test.each([
		[undefined, 500],
		[null, 500],
		['', 500],
		[0, 0],
		[7, 7],
		['7.5', 7.5],
	])('%j is %d', (value, expected) => {
		expect(read(value)).toBe(expected);
	});

	test.each([['many'], [NaN], [Infinity], [true], [{}], [[]]])('refused: %j', (value) => {
		expect(() => read(value)).toThrow(/^Options › Batch Size: .* is no number$/);
	});
});
