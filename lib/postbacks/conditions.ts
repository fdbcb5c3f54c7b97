import type { HitValue } from './hit';

/** One condition on one key of the hit. Keys are compared as they are spelt, as in all of Adobe's engines. */
export interface MatchCondition {
	key: string;
	/** A code such as `eq`; see {@link compileMatcher}. */
	matcher: string;
	/** Alternatives; absent, null and empty are the same. */
	values?: readonly HitValue[] | null;
}

/** Conditions joined by and / or; an empty `and` holds, an empty `or` does not. */
export interface ConditionGroup {
	logic: 'and' | 'or';
	conditions: readonly ConditionNode[];
}

export type ConditionNode = ConditionGroup | MatchCondition;

/**
 * Triggers (what happened) and traits (to whom), all of which must hold on the same hit ("Mobile
 * Services", in-app messages). None at all means every hit.
 */
export interface TriggersAndTraits {
	triggers?: readonly MatchCondition[];
	traits?: readonly MatchCondition[];
}

export type PostbackCondition = TriggersAndTraits | ConditionGroup;

/** So many groups may lie within one another, the outermost counted; more are refused. */
export const MAX_GROUP_DEPTH = 200;

export function isGroup(node: ConditionNode): node is ConditionGroup {
	return 'logic' in node;
}

/** Both ways to write a condition, as one tree. */
export function toTree(condition: PostbackCondition): ConditionGroup {
	if ('logic' in condition) return condition;
	return {
		logic: 'and',
		conditions: [...(condition.triggers ?? []), ...(condition.traits ?? [])],
	};
}
