import { MAX_GROUP_DEPTH } from './conditions';
import { shown } from './hit';
import { DATE_MATCHERS, NUMBER_MATCHERS } from './matchers';
import { toDay, toNumber } from './values';

type Report = (path: string, problem: string) => void;

/**
 * Reports what is wrong with a condition of either form. Takes anything, since definitions come from
 * fields and files.
 *
 * An unknown matcher is no problem: it never matches (core 1.x, MatcherUnknown).
 */
export function validateCondition(condition: unknown, report: Report): void {
	if (!isRecord(condition)) {
		report('Condition', 'missing: give triggers and traits, or a group of conditions');
		return;
	}
	if ('logic' in condition) {
		validateNode(condition, 'Condition', 1, report);
		return;
	}
	for (const [field, label] of [
		['triggers', 'Triggers'],
		['traits', 'Traits'],
	] as const) {
		const list = condition[field];
		if (list === undefined) continue;
		if (Array.isArray(list)) {
			list.forEach((one: unknown, i) => validateMatch(one, `${label} › ${i + 1}`, report));
		} else {
			report(label, 'must be a list of conditions');
		}
	}
}

function validateNode(node: unknown, path: string, depth: number, report: Report): void {
	if (!isRecord(node) || !('logic' in node)) {
		validateMatch(node, path, report);
		return;
	}
	if (node.logic !== 'and' && node.logic !== 'or') {
		report(`${path} › Logic`, `"${shown(node.logic)}" is not known: write and, or or`);
	}
	if (!Array.isArray(node.conditions)) {
		report(`${path} › Conditions`, 'must be a list of conditions');
		return;
	}
	if (depth > MAX_GROUP_DEPTH) {
		report('Condition', `groups are nested deeper than ${MAX_GROUP_DEPTH} levels: flatten them`);
		return;
	}
	node.conditions.forEach((child: unknown, i) =>
		validateNode(child, `${path} › ${i + 1}`, depth + 1, report),
	);
}

function validateMatch(condition: unknown, path: string, report: Report): void {
	if (!isRecord(condition)) {
		report(path, 'must be a condition with key, matcher and values');
		return;
	}
	const { key, matcher, values } = condition;
	if (typeof key !== 'string' || key === '') {
		report(`${path} › Key`, 'missing: name the key of the hit to look at');
	}
	if (typeof matcher !== 'string' || matcher === '') {
		report(`${path} › Matcher`, 'missing: choose how to compare, for example eq');
	}
	if (values === undefined || values === null) return;
	if (!Array.isArray(values)) {
		report(`${path} › Value`, 'must be a list of values');
		return;
	}
	if (!values.every(isScalar)) {
		report(`${path} › Value`, 'every value must be a text, a number, true or false');
		return;
	}
	validateValues(matcher, values, path, report);
}

function validateValues(
	matcher: unknown,
	values: ReadonlyArray<string | number | boolean | null>,
	path: string,
	report: Report,
): void {
	if (DATE_MATCHERS.some((code) => code === matcher)) {
		const bad = values.find((value) => toDay(value) === undefined);
		if (bad !== undefined) {
			report(
				`${path} › Value`,
				`"${String(bad).slice(0, 100)}" is no date: write MM/DD/YYYY or YYYY-MM-DD`,
			);
		}
		if (values.length === 0) report(`${path} › Value`, 'missing: write a date, as MM/DD/YYYY');
	}
	if (NUMBER_MATCHERS.some((code) => code === matcher) && values.length > 0) {
		const numbers = values.filter((value) => toNumber(value) !== undefined);
		if (numbers.length === 0) {
			report(
				`${path} › Value`,
				`"${String(values[0]).slice(0, 100)}" is no number, so the condition could never hold: write a number`,
			);
		}
	}
}

function isScalar(value: unknown): value is string | number | boolean | null {
	return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** Whether a value is an object with keys, not an array and not null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
