import fc from 'fast-check';
import type { MembershipStatus } from '../../../lib/profiles/membership';
import { mapped, profileOf } from './make';
import { ann, Destination, exportedMemberships } from './rememberingDestination';

const DAY = 24 * 3600_000;

describe('snapshots', () => {
	type State = 'none' | MembershipStatus;
	test.each<[State, State, string]>([
		['none', 'none', '– no mapped audience'],
		['none', 'realized', 'none→realized'],
		['none', 'existing', 'none→existing'],
		['none', 'exited', '– no mapped audience'],
		['realized', 'none', 'realized→none'],
		['realized', 'realized', '– no relevant change'],
		['realized', 'existing', '– no relevant change'],
		['realized', 'exited', 'realized→exited'],
		['existing', 'none', 'existing→none'],
		['existing', 'realized', '– no relevant change'],
		['existing', 'existing', '– no relevant change'],
		['existing', 'exited', 'existing→exited'],
		['exited', 'none', '– no mapped audience'],
		['exited', 'realized', 'exited→realized'],
		['exited', 'existing', 'exited→existing'],
		['exited', 'exited', '– no mapped audience'],
	])('from %s to %s: %s', (from, to, told) => {
		const destination = new Destination();
		const of = (state: State) => ann(state === 'none' ? {} : { x: state });
		destination.tell(of(from));
		expect(destination.tell(of(to))).toEqual([told]);
	});

	it('of the same content export once', () => {
		const state = fc.constantFrom('realized', 'existing', 'exited');
		const memberships = fc.dictionary(fc.constantFrom('x', 'x2', 'y'), state);
		fc.assert(
			fc.property(memberships, fc.string(), (given, name) => {
				const destination = new Destination();
				destination.take(ann(given, name));
				expect(destination.take(ann(given, name)).exports).toEqual([]);
			}),
		);
	});

	it('of a hundred members of whom five are new export five', () => {
		const destination = new Destination();
		const members = Array.from({ length: 100 }, (_, i) => profileOf(`p${i}`, { x: 'realized' }));
		expect(destination.take(...members.slice(0, 95)).exports).toHaveLength(95);
		const { exports, notExported } = destination.take(...members);
		expect(exports.map(({ key }) => key)).toEqual(['p95', 'p96', 'p97', 'p98', 'p99']);
		expect(new Set(notExported.map(({ reason }) => reason))).toEqual(
			new Set(['no relevant change']),
		);
	});

	it('export a changed, an added and a removed mapped attribute', () => {
		const destination = new Destination();
		destination.tell(ann({ x: 'realized' }));
		expect(destination.tell(ann({ x: 'realized' }, 'Ann'))).toEqual(['person.name']);
		expect(destination.tell(ann({ x: 'realized' }, 'Anna'))).toEqual(['person.name']);
		expect(destination.tell(ann({ x: 'realized' }))).toEqual(['person.name']);
	});

	it('do not export an attribute that is not mapped, or was just mapped', () => {
		const destination = new Destination();
		const with_ = (more: object) => ({ ...ann({ x: 'realized' }, 'Ann'), ...more });
		destination.tell(with_({ age: 1 }));
		expect(destination.tell(with_({ age: 2 }))).toEqual(['– no relevant change']);
		destination.mappings = mapped(['x', 'x2'], ['person.name', 'age']);
		expect(destination.tell(with_({ age: 2 }))).toEqual(['– no relevant change']);
		expect(destination.tell(with_({ age: 3 }))).toEqual(['age']);
	});

	it('take an attribute whose keys come in another order as the same', () => {
		const destination = new Destination();
		const of = (name: object) => ({ ...ann({ x: 'realized' }), person: { name } });
		destination.tell(of({ first: 'a', last: { b: 1, c: [2] } }));
		expect(destination.tell(of({ last: { c: [2], b: 1 }, first: 'a' }))).toEqual([
			'– no relevant change',
		]);
	});

	it('export a new identity, and one that is primary now; their order is no change', () => {
		const destination = new Destination();
		const email = (...ids: object[]) => ann({ x: 'realized' }, undefined, { email: ids });
		destination.tell(email({ id: 'a' }));
		expect(destination.tell(email({ id: 'a' }, { id: 'b' }))).toEqual(['identityMap']);
		expect(destination.tell(email({ id: 'b' }, { id: 'a' }))).toEqual(['– no relevant change']);
		expect(destination.tell(email({ id: 'b', primary: true }, { id: 'a' }))).toEqual([
			'identityMap',
		]);
	});

	it('export changes of who belongs to a mapped audience before or after only', () => {
		const destination = new Destination();
		destination.tell(ann({ y: 'realized' }, 'Ann'));
		expect(destination.tell(ann({ y: 'exited' }, 'Anna', { email: [{ id: 'a' }] }))).toEqual([
			'– no mapped audience',
		]);
		destination.tell(ann({ x: 'realized' }, 'Anna'));
		expect(destination.tell(ann({ x: 'exited' }, 'Ann'))).toEqual(['realized→exited person.name']);
	});

	it('decide a profile that is there twice in order', () => {
		const destination = new Destination();
		expect(
			destination.tell(ann({ x: 'realized' }), ann({ x: 'realized' }), ann({ x: 'exited' })),
		).toEqual(['none→realized', '– no relevant change', 'realized→exited']);
		expect(destination.tell(ann({ x: 'exited' }))).toEqual(['– no mapped audience']);
	});
});

describe('a membership that vanished', () => {
	const vanish = (destination: Destination) => {
		destination.take(ann({ x: 'realized', y: 'existing' }));
		return destination.take(ann({}));
	};

	it('is exported as exited, at the moment at which that was seen', () => {
		expect(exportedMemberships(vanish(new Destination()))).toEqual({
			x: { lastQualificationTime: '2026-01-01T00:00:00Z', status: 'exited' },
			y: { lastQualificationTime: '2026-01-01T00:00:00Z', status: 'exited' },
		});
	});

	it('but no earlier than it had last qualified', () => {
		const destination = new Destination();
		const time = '2026-02-01T00:00:00Z';
		destination.take(profileOf('ann', { x: { status: 'realized', lastQualificationTime: time } }));
		expect(exportedMemberships(destination.take(ann({}))).x.lastQualificationTime).toBe(time);
	});

	it('is told by later exports for 30 days, with the same time', () => {
		const destination = new Destination();
		vanish(destination);
		destination.now += 29 * DAY;
		expect(exportedMemberships(destination.take(ann({ x2: 'realized' })))).toEqual({
			x2: { lastQualificationTime: '2025-12-01T00:00:00Z', status: 'realized' },
			x: { lastQualificationTime: '2026-01-01T00:00:00Z', status: 'exited' },
			y: { lastQualificationTime: '2026-01-01T00:00:00Z', status: 'exited' },
		});
		destination.now += 2 * DAY;
		expect(
			Object.keys(exportedMemberships(destination.take(ann({ x2: 'realized' }, 'Ann')))),
		).toEqual(['x2']);
	});

	it('is told for longer while the export is owed', () => {
		const destination = new Destination();
		vanish(destination);
		destination.change('ann', { owed: 'HTTP 400' });
		destination.now += 60 * DAY;
		const decided = destination.take(ann({}));
		expect(decided.exports[0].triggers).toEqual([{ kind: 'owed', reason: 'HTTP 400' }]);
		expect(exportedMemberships(decided).x.status).toBe('exited');
	});
});
