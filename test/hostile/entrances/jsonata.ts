import fc from 'fast-check';
import { compileExpression, ExpressionError } from '../../../lib/expression';
import { entrance, must, refusableLater } from '../support/entrance';
import { damagedText, hostileText } from '../support/texts';
import { hostileValue } from '../support/values';

/** Every way to make an evaluator work for ever, and what people write. */
const EXPRESSIONS = [
	'$uppercase(name) & " " & $string(age)',
	'{"a": items[price > 1].name, "n": $count(items)}',
	'$map(items, function($i){$i.price * 2})',
	'$sum(items.price) > 2 and name = "x"',
	'($f := function($n){$f($n + 1)}; $f(0))',
	'($f := function($n){$n = 0 ? 0 : 1 + $f($n - 1)}; $f(100000))',
	'[1..9999].([1..9999])',
	'$string([1..9999].$pad("x", 9999))',
	'$match($pad("", 5000, "a") & "!", /(a+)+$/)',
	'$replace(name, /(.*)*x/, "y")',
	'$contains(name, /^(([a-z])+.)+[A-Z]([a-z])+$/)',
	'$split($pad("", 9999, "a "), /(\\s|a)*b/)',
	'$reduce([1..9999], function($a, $b){$a & $string($b)})',
	'$sort([1..9999], function($l, $r){$l < $r})',
	'$eval("$eval(\\"1\\")")',
	'$pad("x", 1e9)',
	'$join([1..9999].$pad("x", 9999), ",")',
	'$spread($) ~> $merge',
	'$lookup($, "__proto__")',
	'__proto__.constructor.constructor("return process")()',
	'$ ~> |$|{"__proto__": {"polluted": true}}|',
	'{"__proto__": {"polluted": true}, "constructor": 1}',
	'$merge([{"__proto__": {"polluted": true}}, $])',
	'$toMillis(name, "[Y0001]-[M01]")',
	'$formatNumber(1e300, "#,##0.00")',
	'$formatInteger(1e300, "w")',
	'$fromMillis(1e18)',
	'$parseInteger(name, "w")',
	'$base64decode($base64encode(name))',
	'$encodeUrlComponent(name)',
	'$decodeUrlComponent(name)',
	'$error("x")',
	'$assert(false, "x")',
	'$shuffle([1..9999])',
	'$distinct([1..9999])',
	'$zip([1..9999], [1..9999])',
	'**.**.**',
	'%.%.%',
	'$$[0][0][0]',
];

/** Short, since many of these use all of it. */
const LIMIT_MS = 10;

export const jsonata = entrance({
	name: 'JSONata',
	inputs: fc.record({
		text: fc.oneof(
			{ weight: 8, arbitrary: damagedText(fc.constantFrom(...EXPRESSIONS)) },
			{ weight: 1, arbitrary: fc.tuple(hostileText, hostileText).map((two) => two.join('(')) },
		),
		input: fc.oneof(
			fc.record({
				name: hostileText,
				age: fc.double(),
				items: fc.array(fc.record({ name: hostileText, price: fc.double() }), { maxLength: 5 }),
			}),
			hostileValue,
		),
	}),
	take: async ({ text, input }) => {
		const clock = { monotonic: () => performance.now() };
		// An expression that does not compile is the operator's, who gets to read why.
		const evaluate = await refusableLater(
			async () => compileExpression(text, clock, LIMIT_MS),
			Error,
		);
		if (!evaluate) return;
		const environment = { now: Date.now(), random: Math.random };
		const data = typeof input === 'object' && input !== null ? input : { value: input };
		const result = await refusableLater(
			async () => await evaluate(data, environment),
			ExpressionError,
		);
		must(typeof result?.body === 'string' || result === undefined, 'no text');
	},
});
