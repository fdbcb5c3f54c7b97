import type { ConditionGroup, ConditionNode } from './conditions';
import { toTree } from './conditions';
import { DefinitionError } from './errors';
import type { Hit } from './hit';
import { MatchIndex } from './matchIndex';
import { type PrivacyStatus, privacyStatusOf } from './privacy';
import { validateCondition } from './validateCondition';
import { readLaunchKey } from './variables';

/** Which events are taken. */
export type EventChoice =
	| { take: 'all' }
	/** Those on which this holds. */
	| { take: 'conditions'; condition: ConditionGroup }
	/** Those on which the condition of one of these launch rules holds. */
	| { take: 'launchRules'; conditions: readonly ConditionNode[] };

export interface EventFilterSettings {
	/** The key that says where the privacy status stands; empty for none. */
	privacyKey?: string;
	/** The status of an event that does not say; `optedin` unless told. */
	privacyDefault?: PrivacyStatus;
	/** What `~sdkver` is in launch rules. */
	sdkVersion?: string;
}

/** What becomes of an event: taken, not what is looked for, or not taken although it is, with the reason. */
export type EventVerdict = 'taken' | 'other' | { skipped: string };

/** @param now epoch milliseconds */
export type EventFilter = (hit: Hit, now: number) => EventVerdict;

/**
 * Compiles what decides which events a workflow gets as they are. An event goes on whole or not at all: under
 * an unknown privacy status identifiers may not be used, and it cannot go without them.
 * @throws DefinitionError that names the condition and the mend
 */
export function createEventFilter(
	choice: EventChoice,
	settings: EventFilterSettings = {},
): EventFilter {
	const matches = matcherOf(choice, settings.sdkVersion ?? '');
	const { privacyKey, privacyDefault = 'optedin' } = settings;
	return (hit, now) => {
		if (!matches(hit, now)) return 'other';
		const status = privacyStatusOf(hit, privacyKey, privacyDefault);
		return status === 'optedin' ? 'taken' : { skipped: REFUSED[status] };
	};
}

const REFUSED = {
	optedout: 'privacy status is opted out: the event is not kept',
	optunknown: 'privacy status is unknown, and an event goes on whole or not at all',
};

function matcherOf(choice: EventChoice, sdkVersion: string): (hit: Hit, now: number) => boolean {
	switch (choice.take) {
		case 'all':
			return () => true;
		case 'conditions': {
			const problems: string[] = [];
			validateCondition(choice.condition, (path, problem) => {
				problems.push(`${path.replace(/^Condition › /, 'Conditions › ')}: ${problem}`);
			});
			if (problems.length > 0) throw new DefinitionError(problems);
			const index = new MatchIndex([toTree(choice.condition)], () => () => undefined);
			return (hit, now) => index.match(hit, now).length > 0;
		}
		case 'launchRules': {
			const read = (key: string) => readLaunchKey(key, sdkVersion);
			const index = new MatchIndex(choice.conditions, () => read);
			return (hit, now) => index.match(hit, now).length > 0;
		}
	}
}
