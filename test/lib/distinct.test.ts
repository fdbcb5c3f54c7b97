import fc from 'fast-check';
import jsonata from 'jsonata';
import { distinct } from '../../lib/distinct';
import { compileExpression } from '../../lib/expression';

const scalar = fc.constantFrom<unknown>(null, true, 0, 1, '', '1', 'true', '{"fields":[]}');
const { value } = fc.letrec((tie) => ({
	value: fc.oneof(
		{ maxDepth: 2 },
		scalar,
		fc.array(tie('value'), { maxLength: 3 }),
		fc.dictionary(fc.constantFrom('a', 'b', 'fields'), tie('value'), { maxKeys: 3 }),
	),
}));

test('gives what JSONata’s own gives', async () => {
	const own = jsonata('$distinct(values)');
	const ours = jsonata('$distinct(values)');
	ours.registerFunction('distinct', distinct, '<x:x>');
	await fc.assert(
		fc.asyncProperty(fc.array(value, { maxLength: 8 }), async (values) => {
			const input = { values };
			expect(JSON.stringify(await ours.evaluate(input))).toBe(
				JSON.stringify(await own.evaluate(input)),
			);
		}),
	);
});

test.each(['$distinct(items.name)', '$distinct([1, 1])', '$distinct(nothing)', '$distinct("a")'])(
	'%s is as JSONata has it, whatever it becomes',
	async (text) => {
		const input = { items: [{ name: 'x' }, { name: 'x' }] };
		const ours = jsonata(text);
		ours.registerFunction('distinct', distinct, '<x:x>');
		expect(await ours.evaluate(input)).toEqual(await jsonata(text).evaluate(input));
	},
);

test('does not compare each with each', async () => {
	const clock = { monotonic: () => performance.now() };
	const evaluate = compileExpression('$count($distinct([1..9999]))', clock, 1_000);
	let looks = 0;
	const counting = Array.from({ length: 500 }, (_, at) => ({
		get at() {
			looks++;
			return at;
		},
	}));
	distinct(counting);
	expect(looks).toBe(500);
	const { body } = await evaluate({}, { now: 0, random: () => 0 });
	expect(body).toBe('9999');
});
