import fc from 'fast-check';
import {
	AUDIENCE_STATUSES,
	decide,
	EXPORTS,
	type AudienceStatus,
	type Facts,
} from '../../../lib/profiles/decision';

const X = { namespace: 'ups', audience: 'x' };

const facts = (overrides: Partial<Facts> = {}): Facts => ({
	transitions: [],
	identityMapChanged: false,
	updatedAttributes: [],
	...overrides,
});

const moving = (from: AudienceStatus, to: AudienceStatus) => ({
	transitions: [{ ...X, from, to }],
});

describe('a mapped audience', () => {
	test.each<[AudienceStatus, AudienceStatus, boolean]>([
		['none', 'none', false],
		['none', 'realized', true],
		['none', 'existing', true],
		['none', 'exited', false],
		['realized', 'none', true],
		['realized', 'realized', false],
		['realized', 'existing', false],
		['realized', 'exited', true],
		['existing', 'none', true],
		['existing', 'realized', false],
		['existing', 'existing', false],
		['existing', 'exited', true],
		['exited', 'none', false],
		['exited', 'realized', true],
		['exited', 'existing', true],
		['exited', 'exited', false],
	])('from %s to %s: exported %p', (from, to, exported) => {
		expect(EXPORTS[from][to]).toBe(exported);
		const decision = decide(facts(moving(from, to)));
		expect(decision.export).toBe(exported);
		if (decision.export) {
			expect(decision.triggers).toEqual([{ kind: 'audience', ...X, from, to }]);
		}
	});
});

// Rows of the documentation: what determines a destination export.
describe('what determines an export', () => {
	const member = moving('realized', 'realized');

	it('a change of the identity map of a profile in a mapped audience', () => {
		expect(decide(facts({ ...member, identityMapChanged: true }))).toEqual({
			export: true,
			triggers: [{ kind: 'identityMap' }],
		});
	});

	it('an update of a mapped attribute of a profile in a mapped audience', () => {
		expect(decide(facts({ ...member, updatedAttributes: ['person.name'] }))).toEqual({
			export: true,
			triggers: [{ kind: 'attribute', path: 'person.name' }],
		});
	});

	it('both of a profile that has just left the audience', () => {
		const decision = decide(
			facts({
				...moving('existing', 'exited'),
				identityMapChanged: true,
				updatedAttributes: ['a'],
			}),
		);
		expect(decision.export && decision.triggers.map(({ kind }) => kind)).toEqual([
			'audience',
			'identityMap',
			'attribute',
		]);
	});

	test.each<[AudienceStatus, AudienceStatus]>([
		['none', 'none'],
		['none', 'exited'],
		['exited', 'exited'],
		['exited', 'none'],
	])('neither of a profile that belongs to none before or after (%s, %s)', (from, to) => {
		expect(
			decide(facts({ ...moving(from, to), identityMapChanged: true, updatedAttributes: ['a'] })),
		).toEqual({ export: false, reason: 'no mapped audience' });
	});

	it('nothing else', () => {
		expect(decide(facts(member))).toEqual({ export: false, reason: 'no relevant change' });
		expect(decide(facts())).toEqual({ export: false, reason: 'no mapped audience' });
	});

	it('an export that is still owed, whatever the profile belongs to now', () => {
		expect(decide(facts({ owed: 'HTTP 400' }))).toEqual({
			export: true,
			triggers: [{ kind: 'owed', reason: 'HTTP 400' }],
		});
	});

	it('a backfill, for members only', () => {
		expect(decide(facts({ ...member, backfill: [X] })).export).toBe(true);
		expect(decide(facts({ ...moving('none', 'exited'), backfill: [X] })).export).toBe(false);
	});

	it('always, where that is set', () => {
		expect(decide(facts({ always: true }))).toEqual({
			export: true,
			triggers: [{ kind: 'always' }],
		});
	});
});

describe('rules', () => {
	const status = fc.constantFrom(...AUDIENCE_STATUSES);

	it('realized and existing are the same to a decision', () => {
		const swap = (one: AudienceStatus): AudienceStatus =>
			one === 'realized' ? 'existing' : one === 'existing' ? 'realized' : one;
		fc.assert(
			fc.property(status, status, (from, to) => {
				expect(EXPORTS[swap(from)][swap(to)]).toBe(EXPORTS[from][to]);
			}),
		);
	});

	it('an exit and a vanishing are the same to a decision', () => {
		for (const from of AUDIENCE_STATUSES) expect(EXPORTS[from].none).toBe(EXPORTS[from].exited);
		for (const to of AUDIENCE_STATUSES) expect(EXPORTS.none[to]).toBe(EXPORTS.exited[to]);
	});

	it('one audience that exports is enough, and none hinders another', () => {
		fc.assert(
			fc.property(fc.array(fc.tuple(status, status)), (moves) => {
				const transitions = moves.map(([from, to], i) => ({
					namespace: 'ups',
					audience: String(i),
					from,
					to,
				}));
				expect(decide(facts({ transitions })).export).toBe(
					moves.some(([from, to]) => EXPORTS[from][to]),
				);
			}),
		);
	});
});
