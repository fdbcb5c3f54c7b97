import { setImmediate } from 'node:timers/promises';
import jsonata from 'jsonata';
import type { Clock, Random } from './clock';
import { distinct } from './distinct';
import { guardedRegExp, RegexTimeout } from './guardedRegExp';

export const DEFAULT_EXPRESSION_TIMEOUT_MS = 1_000;
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

const MAX_EXPRESSION_LENGTH = 64 * 1024;
/** Evaluations within one another; a recursive function uses a few for each call. */
const MAX_DEPTH = 2_000;
/** Elements of any array on the way: some built-in functions take quadratic time. */
const MAX_ELEMENTS = 10_000;
// How long others wait at most while an expression runs.
const SLICE_MS = 8;

/** An expression that cannot be evaluated on this hit. */
export class ExpressionError extends Error {
	override readonly name = 'ExpressionError';

	constructor(
		readonly code: 'expression_failed' | 'expression_timeout',
		message: string,
	) {
		super(message);
	}
}

/** What an expression is evaluated with. */
export interface ExpressionEnvironment {
	/** Epoch milliseconds; what `$now()` and `$millis()` say. */
	now: number;
	/** What `$random()` gives. */
	random: Random;
}

/** A compiled expression; the result is the body's text and whether it is JSON that was made here. */
export type EvaluateBody = (
	input: object,
	environment: ExpressionEnvironment,
) => Promise<{ body: string; json: boolean }>;

/**
 * Compiles a JSONata expression for a body.
 *
 * A result that is text is the body as it is, no result is an empty body, everything else becomes
 * JSON. An evaluation ends after `timeoutMs` with `expression_timeout` and gives way to others every
 * few milliseconds. Limited besides are nesting, the elements of arrays and the length of texts;
 * regular expressions are stopped in the middle of a match.
 *
 * Not covered: the memory that one evaluation holds within these limits, and a built-in function
 * that was given the largest values they allow, which may overrun the time by a second before the
 * next check sees it.
 *
 * @throws Error with the position when the expression does not parse.
 */
export function compileExpression(
	text: string,
	clock: Pick<Clock, 'monotonic'>,
	timeoutMs: number,
): EvaluateBody {
	// One evaluation at a time has an instance, since limits hang on it. It returns here only after
	// success: after an error JSONata may have left parts of it running.
	const idle: Instance[] = [createInstance(text, clock, timeoutMs)];
	return async (input, environment) => {
		const instance = idle.pop() ?? createInstance(text, clock, timeoutMs);
		const body = await instance.evaluate(input, environment);
		idle.push(instance);
		return body;
	};
}

interface Instance {
	evaluate: EvaluateBody;
}

function createInstance(
	text: string,
	clock: Pick<Clock, 'monotonic'>,
	timeoutMs: number,
): Instance {
	let deadline = 0;
	let nextPause = 0;
	let environment: ExpressionEnvironment = { now: 0, random: () => 0 };

	const expression = parse(text, () => deadline - clock.monotonic());
	expression.assign(ON_ENTRY, async () => {
		const now = clock.monotonic();
		if (now > deadline) throw timedOut(timeoutMs);
		if (now < nextPause) return;
		await setImmediate();
		const resumed = clock.monotonic();
		// What others took in between is not the expression's time.
		deadline += resumed - now;
		nextPause = resumed + SLICE_MS;
	});
	expression.assign(ON_EXIT, (_node: unknown, _input: unknown, _frame: unknown, value: unknown) => {
		checkSize(value);
	});
	expression.registerFunction('millis', () => environment.now, '<:n>');
	expression.registerFunction('random', () => environment.random(), '<:n>');
	expression.registerFunction(
		'now',
		function (picture?: string, timezone?: string) {
			const format = this.environment.lookup('fromMillis') as NativeFunction;
			return format.implementation.call(this, environment.now, picture, timezone);
		},
		'<s?s?:s>',
	);
	expression.registerFunction('pad', pad, '<s-ns?:s>');
	expression.registerFunction('distinct', distinct, '<x:x>');
	expression.registerFunction('eval', refuseEval);

	return {
		evaluate: async (input, given) => {
			environment = given;
			deadline = clock.monotonic() + timeoutMs;
			nextPause = clock.monotonic() + SLICE_MS;
			try {
				return toBody(await expression.evaluate(input));
			} catch (error) {
				throw toExpressionError(error, timeoutMs);
			}
		},
	};
}

interface NativeFunction {
	implementation: (this: unknown, ...values: unknown[]) => unknown;
}

// JSONata looks its hooks up under symbols; its types know names only.
const ON_ENTRY = Symbol.for('jsonata.__evaluate_entry') as unknown as string;
const ON_EXIT = Symbol.for('jsonata.__evaluate_exit') as unknown as string;

function parse(text: string, remaining: () => number): jsonata.Expression {
	if (text.length > MAX_EXPRESSION_LENGTH) {
		throw new Error(
			`the expression is longer than ${MAX_EXPRESSION_LENGTH} characters: shorten it`,
		);
	}
	try {
		return jsonata(text, {
			stack: MAX_DEPTH,
			sequence: MAX_ELEMENTS,
			RegexEngine: guardedRegExp(remaining),
		});
	} catch (error) {
		const { message, position } = readError(error);
		const where = position === undefined ? '' : ` at position ${position}`;
		throw new Error(`not valid JSONata${where}: ${message}`, { cause: error });
	}
}

/** `$pad` of JSONata, which would make a text of any width in one step. */
function pad(text: string | undefined, width: number, character = ' '): string | undefined {
	if (text === undefined) return undefined;
	if (Math.abs(width) > MAX_BODY_BYTES) throw tooLarge();
	// By characters, not code units, as JSONata counts.
	const missing = Math.max(0, Math.abs(Math.trunc(width)) - [...text].length);
	const characters = [...(character === '' ? ' ' : character)];
	const filling = characters
		.join('')
		.repeat(Math.floor(missing / characters.length))
		.concat(characters.slice(0, missing % characters.length).join(''));
	return width < 0 ? filling + text : text + filling;
}

/** A hit's text must never become code; JSONata's own `$eval` also quotes errors without bound. */
function refuseEval(): never {
	throw new ExpressionError('expression_failed', '$eval is not available here');
}

function checkSize(value: unknown): void {
	if (typeof value === 'string' && value.length > MAX_BODY_BYTES) throw tooLarge();
	if (Array.isArray(value) && value.length > MAX_ELEMENTS) throw tooLarge();
}

function toBody(value: unknown): { body: string; json: boolean } {
	if (value === undefined) return { body: '', json: false };
	if (typeof value === 'string') return { body: value, json: false };
	let length = 0;
	const body = JSON.stringify(value, (_, part: unknown) => {
		if (isFunction(part)) {
			throw new ExpressionError(
				'expression_failed',
				'The expression gives a function: let it give a text, an object or an array',
			);
		}
		// One text may be in it thousands of times: stop before all of them are written.
		if (typeof part === 'string') length += part.length;
		if (length > MAX_BODY_BYTES) throw tooLarge();
		return part;
	});
	return { body, json: true };
}

/** JSONata keeps its own functions as marked objects. */
function isFunction(value: unknown): boolean {
	if (typeof value === 'function') return true;
	return (
		typeof value === 'object' &&
		value !== null &&
		('_jsonata_lambda' in value || '_jsonata_function' in value)
	);
}

function timedOut(timeoutMs: number): ExpressionError {
	return new ExpressionError(
		'expression_timeout',
		`The expression took longer than ${timeoutMs} ms: simplify it`,
	);
}

function tooLarge(): ExpressionError {
	return new ExpressionError(
		'expression_failed',
		`The expression makes a text longer than ${MAX_BODY_BYTES} characters or an array of more than ${MAX_ELEMENTS} elements`,
	);
}

function toExpressionError(error: unknown, timeoutMs: number): ExpressionError {
	if (error instanceof ExpressionError) return error;
	if (error instanceof RegexTimeout) return timedOut(timeoutMs);
	const { code, message } = readError(error);
	if (code === 'D1011') {
		return new ExpressionError(
			'expression_failed',
			`The expression calls itself or nests deeper than ${MAX_DEPTH} levels`,
		);
	}
	if (code === 'D2015') return tooLarge();
	return new ExpressionError('expression_failed', message.slice(0, 500));
}

/** JSONata throws plain objects. */
function readError(error: unknown): { code?: string; message: string; position?: number } {
	if (typeof error !== 'object' || error === null) return { message: String(error) };
	const { code, message, position } = error as Record<string, unknown>;
	return {
		code: typeof code === 'string' ? code : undefined,
		message: typeof message === 'string' ? message : 'unknown error',
		position: typeof position === 'number' ? position : undefined,
	};
}
