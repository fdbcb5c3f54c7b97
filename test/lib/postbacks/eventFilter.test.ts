import {
	createEventFilter,
	DefinitionError,
	flattenHit,
	importLaunchConditions,
	type EventChoice,
	type EventFilterSettings,
} from '../../../lib/postbacks';

const verdict = (choice: EventChoice, event: object, settings?: EventFilterSettings, now = 0) =>
	createEventFilter(choice, settings)(flattenHit(event), now);

const where = (key: string, matcher: string, ...values: string[]) => ({ key, matcher, values });
const opened = where('xdm.eventType', 'sw', 'pushTracking.');
const ios = where('os', 'eq', 'iOS');

describe('which events are taken', () => {
	test('all', () => {
		expect(verdict({ take: 'all' }, {})).toBe('taken');
	});

	test.each([
		['and', { xdm: { eventType: 'pushTracking.receive' }, os: 'ios' }, 'taken'],
		['and', { xdm: { eventType: 'pushTracking.receive' } }, 'other'],
		['or', { os: 'iOS' }, 'taken'],
		['or', { os: 'Android' }, 'other'],
	] as const)('those on which the conditions hold (%s, %j: %s)', (logic, event, expected) => {
		const condition = { logic, conditions: [opened, ios] };
		expect(verdict({ take: 'conditions', condition }, event)).toBe(expected);
	});

	describe('those on which a launch rule holds', () => {
		const matcher = (key: string, code: string, ...values: string[]) => ({
			type: 'matcher',
			definition: { key, matcher: code, values },
		});
		const group = (logic: string, ...conditions: object[]) => ({
			type: 'group',
			definition: { logic, conditions },
		});
		const file = (...rules: object[]) => ({ version: 1, rules });
		const rule = (condition: object, consequences: unknown = []) => ({ condition, consequences });
		const choice = (...rules: object[]): EventChoice => ({
			take: 'launchRules',
			conditions: importLaunchConditions(file(...rules)),
		});

		test('one of several is enough, and groups count', () => {
			const either = group('or', matcher('a', 'eq', '1'), matcher('b', 'ex'));
			const rules = choice(rule(matcher('c', 'eq', 'x')), rule(either));
			expect(verdict(rules, { c: 'x' })).toBe('taken');
			expect(verdict(rules, { b: 0 })).toBe('taken');
			expect(verdict(rules, { a: 2 })).toBe('other');
		});

		test('whatever it would do', () => {
			const consequences = [{ id: '1', type: 'iam', detail: {} }];
			expect(verdict(choice(rule(matcher('a', 'ex'), consequences)), { a: 1 })).toBe('taken');
		});

		test('computed keys are computed', () => {
			const later = choice(rule(matcher('~timestampu', 'gt', '100')));
			expect(verdict(later, {}, {}, 101_000)).toBe('taken');
			expect(verdict(later, {}, {}, 99_000)).toBe('other');
			const sdk = choice(rule(matcher('~sdkver', 'eq', '4.6')));
			expect(verdict(sdk, {}, { sdkVersion: '4.6' })).toBe('taken');
		});

		test('refused: a file without rules, since nothing would ever hold', () => {
			expect(() => importLaunchConditions(file())).toThrow(/rules: there is none/);
		});

		test('refused: a historical condition', () => {
			const historical = { type: 'historical', definition: {} };
			expect(() => importLaunchConditions(file(rule(historical)))).toThrow(/historical/);
		});

		test('refused: a rule without a condition', () => {
			expect(() => importLaunchConditions({ rules: [{}] })).toThrow(/rules\[0\]\.condition/);
		});
	});
});

describe('the privacy status', () => {
	const settings = { privacyKey: 'privacy' } as const;

	test('opted in, or not said: taken', () => {
		expect(verdict({ take: 'all' }, { privacy: 'optedin' }, settings)).toBe('taken');
		expect(verdict({ take: 'all' }, {}, settings)).toBe('taken');
	});

	test('opted out: not kept', () => {
		expect(verdict({ take: 'all' }, { privacy: 'OptedOut' }, settings)).toEqual({
			skipped: expect.stringMatching(/opted out/) as string,
		});
	});

	test.each([
		[{ privacy: 'optunknown' }, settings],
		[{ privacy: 'maybe' }, settings],
		[{}, { privacyDefault: 'optunknown' }],
	] as const)(
		'unknown (%j, %j): not kept, since it cannot go without identifiers',
		(event, more) => {
			expect(verdict({ take: 'all' }, event, more)).toEqual({
				skipped: expect.stringMatching(/unknown/) as string,
			});
		},
	);

	test('is not looked at for what is not looked for', () => {
		const condition = { logic: 'and', conditions: [ios] } as const;
		const choice: EventChoice = { take: 'conditions', condition };
		expect(verdict(choice, { privacy: 'optedout' }, settings)).toBe('other');
	});
});

test.each([
	[where('', 'eq', 'x'), /^Conditions › 1 › Key: missing/],
	[where('a', ''), /Matcher: missing/],
	[where('a', 'gt', 'many'), /Value: "many" is no number/],
])('refused: the condition %j', (one, expected) => {
	const condition = { logic: 'and', conditions: [one] } as const;
	const make = () => createEventFilter({ take: 'conditions', condition });
	expect(make).toThrow(DefinitionError);
	expect(make).toThrow(expected);
});
