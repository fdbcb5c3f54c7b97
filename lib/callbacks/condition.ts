import type { Clock, Random } from '../clock';
import { compileExpression, type EvaluateBody } from '../expression';
import { parseEntity, type ReadAuditEvent } from './auditEvent';
import { CallbackFieldError } from './errors';

/** Subscribers write them: short ones, and little time for each. */
export const LONGEST_CONDITION = 4_096;
const TIMEOUT_MS = 100;
const MOST_KEPT = 1_000;

/** What a condition says of an event; `problem` when it could not be evaluated, which sends nothing. */
export interface ConditionResult {
	holds: boolean;
	problem?: string;
}

export interface ConditionOptions {
	clock: Pick<Clock, 'monotonic'>;
	random: Random;
	/** For each evaluation; milliseconds. */
	timeoutMs?: number;
}

/** Conditions of callbacks: JSONata over an event, compiled once. */
export class Conditions {
	private readonly compiled = new Map<string, EvaluateBody>();

	constructor(private readonly options: ConditionOptions) {}

	/**
	 * Refuses what is no condition.
	 * @throws CallbackFieldError with the position of a mistake
	 */
	check(text: unknown): asserts text is string {
		if (typeof text !== 'string' || text.trim() === '') {
			throw new CallbackFieldError('condition', 'has to be a JSONata expression, or null for none');
		}
		if (text.length > LONGEST_CONDITION) {
			throw new CallbackFieldError(
				'condition',
				`is longer than ${LONGEST_CONDITION} characters: shorten it`,
			);
		}
		try {
			this.evaluatorOf(text);
		} catch (error) {
			throw new CallbackFieldError('condition', `is ${(error as Error).message}`);
		}
	}

	/** Evaluates conditions on one event; equal ones once. `now` is epoch milliseconds. */
	on(event: ReadAuditEvent, now: number): (text: string) => Promise<ConditionResult> {
		const results = new Map<string, Promise<ConditionResult>>();
		const input = conditionInput(event);
		return async (text) => {
			let result = results.get(text);
			if (!result) {
				result = this.evaluate(text, input, now);
				results.set(text, result);
			}
			return await result;
		};
	}

	private async evaluate(text: string, input: object, now: number): Promise<ConditionResult> {
		try {
			const { random } = this.options;
			const { body, json } = await this.evaluatorOf(text)(input, { now, random });
			return { holds: isTrue(json ? (JSON.parse(body) as unknown) : body) };
		} catch (error) {
			return { holds: false, problem: (error as Error).message };
		}
	}

	private evaluatorOf(text: string): EvaluateBody {
		const { clock, timeoutMs = TIMEOUT_MS } = this.options;
		const known = this.compiled.get(text);
		if (known) {
			// What was used last stays longest.
			this.compiled.delete(text);
			this.compiled.set(text, known);
			return known;
		}
		const evaluator = compileExpression(text, clock, timeoutMs);
		if (this.compiled.size >= MOST_KEPT) {
			this.compiled.delete(this.compiled.keys().next().value as string);
		}
		this.compiled.set(text, evaluator);
		return evaluator;
	}
}

/** The document, with its type and its entity at hand: `type_of`, `entity.data.attributes.name`. */
function conditionInput({ document, typeOf }: ReadAuditEvent): object {
	return { data: document.data, type_of: typeOf, entity: parseEntity(document) ?? null };
}

/** As JSONata's `$boolean`: empty texts, 0, null, empty objects and arrays of such are false. */
function isTrue(value: unknown): boolean {
	if (Array.isArray(value)) return value.some(isTrue);
	if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
	return Boolean(value);
}
