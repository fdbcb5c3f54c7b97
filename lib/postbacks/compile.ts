import { type ConditionNode, isGroup } from './conditions';
import type { Hit, HitValue } from './hit';
import { compileMatcher, type Test } from './matchers';

/** What a `~` key of the launch rules stands for on this hit; undefined when it is no such key. */
export type ReadComputed = (key: string) => ((hit: Hit, now: number) => HitValue) | undefined;

interface Step {
	key: string;
	computed?: (hit: Hit, now: number) => HitValue;
	test: Test;
	/** The step to go on with; {@link HOLDS} and {@link FAILS} end. */
	onTrue: number;
	onFalse: number;
}

/** A condition tree as a list of tests, each of which says where to go on: no tree is walked for a hit. */
export interface Program {
	steps: readonly Step[];
	entry: number;
}

const HOLDS = -1;
const FAILS = -2;

/**
 * Compiles a condition tree.
 *
 * @param readComputed Which keys are computed instead of read from the hit.
 */
export function compileCondition(tree: ConditionNode, readComputed: ReadComputed): Program {
	const steps: Step[] = [];

	/** Adds the tests of a node and gives the first of them, or where to go on when there is none. */
	const add = (node: ConditionNode, onTrue: number, onFalse: number): number => {
		if (!isGroup(node)) {
			const computed = readComputed(node.key);
			const test = compileMatcher(node.matcher, node.values ?? []);
			return steps.push({ key: node.key, computed, test, onTrue, onFalse }) - 1;
		}
		const and = node.logic === 'and';
		// From the last to the first, since each needs to know the one after it.
		return node.conditions.reduceRight(
			(next, child) => (and ? add(child, next, onFalse) : add(child, onTrue, next)),
			and ? onTrue : onFalse,
		);
	};

	const entry = add(tree, HOLDS, FAILS);
	return { steps, entry };
}

/** Whether the condition holds on this hit; `now` in epoch milliseconds. */
export function holds(program: Program, hit: Hit, now: number): boolean {
	let at = program.entry;
	while (at >= 0) {
		const step = program.steps[at]!;
		const value = step.computed === undefined ? hit.values.get(step.key) : step.computed(hit, now);
		at = step.test(value, hit.lower) ? step.onTrue : step.onFalse;
	}
	return at === HOLDS;
}
