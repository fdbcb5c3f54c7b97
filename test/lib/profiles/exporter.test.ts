import fc from 'fast-check';
import type { MembershipStatus } from '../../../lib/profiles/membership';
import {
	decideBatch,
	prepareProfile,
	type DecideOptions,
	type Decided,
	type ProfileInput,
} from '../../../lib/profiles/exporter';
import type { InputKind } from '../../../lib/profiles/facts';
import { KnownProfiles } from '../../../lib/profiles/knownProfiles';
import { readProfileKey } from '../../../lib/profiles/profileKey';
import { readState } from '../../../lib/profiles/state';
import type { StoredProfile } from '../../../lib/profiles/store/states';
import { mapped, NOW, profileOf } from './make';

const DAY = 24 * 3600_000;

/** A destination that remembers what it decided, as the store does. */
class Destination {
	private stored = new Map<string, StoredProfile>();
	now = NOW;
	mappings = mapped(['x', 'x2'], ['person.name']);
	recorded: DecideOptions['recorded'] = { times: new Map(), revision: 1, awaitingBackfill: [] };

	constructor(
		private readonly input: InputKind = 'snapshots',
		private readonly key = 'ecid',
		private readonly options: Partial<DecideOptions> = {},
	) {}

	take(...profiles: (unknown | { profile: unknown; changed: unknown })[]): Decided {
		const reading = readProfileKey(this.key);
		if (!reading.ok) throw new Error(reading.problem);
		const settings = { input: this.input, key: reading.key };
		const prepared = profiles.map((given, index) => {
			const isEvent = typeof given === 'object' && given !== null && 'changed' in given;
			const input = { index, ...(isEvent ? given : { profile: given }) } as ProfileInput;
			const read = prepareProfile(input, this.mappings, settings);
			if ('invalid' in read) throw new Error(read.invalid.problems.join('\n'));
			return read.prepared;
		});
		const decided = decideBatch(prepared, new KnownProfiles(this.stored.values()), this.mappings, {
			...settings,
			payload: {},
			recorded: this.recorded,
			keepSnapshots: true,
			now: this.now,
			...this.options,
		});
		for (const key of decided.moved) this.stored.delete(key);
		for (const [key, saved] of decided.nextStates) {
			const { snapshot: _snapshot, ...rest } = saved;
			this.stored.set(key, { ...rest, state: readState(saved.text), pending: false });
		}
		return decided;
	}

	/** What is said of each of the profiles, in short. */
	tell(...profiles: unknown[]): string[] {
		const { exports, notExported } = this.take(...profiles);
		const told: string[] = [];
		for (const { index, triggers } of exports) {
			told[index] = triggers
				.map((t) => ('from' in t ? `${t.from}→${t.to}` : 'path' in t ? t.path : t.kind))
				.join(' ');
		}
		for (const { index, reason } of notExported) told[index] = `– ${reason}`;
		return told;
	}

	change(key: string, change: Partial<StoredProfile>): void {
		this.stored.set(key, { ...(this.stored.get(key) as StoredProfile), ...change });
	}

	get keys(): string[] {
		return [...this.stored.keys()];
	}
}

const ann = (memberships: Record<string, string>, name?: string, ids?: object) =>
	profileOf('ann', memberships, name === undefined ? {} : { person: { name } }, ids as never);

/** The memberships of the last export. */
const exportedMemberships = ({ exports }: Decided) =>
	(
		JSON.parse(exports.at(-1)?.payload ?? '{}') as {
			segmentMembership: { ups: Record<string, { status: string; lastQualificationTime: string }> };
		}
	).segmentMembership.ups;

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

describe('events', () => {
	const event = (profile: unknown, ...changed: unknown[]) => ({ profile, changed });

	it('export an update of a mapped attribute even to the same value', () => {
		const destination = new Destination('events');
		destination.tell(event(ann({ x: 'realized' }, 'Ann'), 'segmentMembership'));
		expect(destination.tell(event(ann({ x: 'realized' }, 'Ann'), 'person.name'))).toEqual([
			'person.name',
		]);
	});

	it('export an identity map that was updated', () => {
		const destination = new Destination('events');
		expect(destination.tell(event(ann({ x: 'realized' }), '/identityMap/email/-'))).toEqual([
			'identityMap',
		]);
	});

	it('do not export what they do not name', () => {
		const destination = new Destination('events');
		expect(destination.tell(event(ann({ x: 'realized' }, 'Ann'), 'age'))).toEqual([
			'– no relevant change',
		]);
		expect(destination.tell(event(ann({ x: 'realized' }, 'Anna')))).toEqual([
			'– no relevant change',
		]);
	});

	it('of a profile never seen tell which memberships are new', () => {
		const of = (...changed: string[]) =>
			new Destination('events').tell(event(ann({ x: 'realized', x2: 'existing' }), ...changed));
		expect(of('segmentMembership.ups.x')).toEqual(['none→realized']);
		expect(of('segmentMembership')).toEqual(['none→realized none→existing']);
		expect(of('segmentMembership.aam')).toEqual(['– no relevant change']);
	});

	it('of a known profile are compared with its stored memberships, named or not', () => {
		const destination = new Destination('events');
		destination.tell(event(ann({ x: 'realized' }), 'segmentMembership'));
		expect(destination.tell(event(ann({ x: 'realized' }), 'segmentMembership'))).toEqual([
			'– no relevant change',
		]);
		expect(destination.tell(event(ann({ x: 'exited' }), 'age'))).toEqual(['realized→exited']);
	});

	it('without memberships say nothing of them, unless they name them', () => {
		const destination = new Destination('events');
		destination.tell(event(ann({ x: 'realized' }), 'segmentMembership'));
		const { segmentMembership: _gone, ...bare } = ann({}, 'Ann');
		const decided = destination.take(event(bare, 'person'));
		expect(decided.exports[0].triggers).toEqual([{ kind: 'attribute', path: 'person.name' }]);
		expect(exportedMemberships(decided).x.status).toBe('realized');
		expect(destination.tell(event(bare, 'segmentMembership'))).toEqual(['realized→none']);
	});

	it('that do not say what changed are refused', () => {
		expect(() => new Destination('events').take(ann({ x: 'realized' }))).toThrow(
			'the event does not say what changed',
		);
	});

	it('agree with snapshots when they name what is different', () => {
		const status = fc.constantFrom('realized', 'existing', 'exited');
		const profile = fc.record({
			x: fc.option(status),
			y: fc.option(status),
			name: fc.constantFrom('Ann', 'Anna', undefined),
			email: fc.constantFrom('a', 'b'),
		});
		fc.assert(
			fc.property(fc.array(profile, { minLength: 1, maxLength: 6 }), (steps) => {
				const [snapshots, events] = [new Destination(), new Destination('events')];
				let before: (typeof steps)[number] | undefined;
				for (const step of steps) {
					const given = ann(
						Object.fromEntries(
							Object.entries({ x: step.x, y: step.y }).filter(([, one]) => one !== null),
						) as Record<string, string>,
						step.name,
						{ email: [{ id: step.email }] },
					);
					const changed = ['segmentMembership'];
					if (before && before.name !== step.name) changed.push('person.name');
					if (before && before.email !== step.email) changed.push('identityMap');
					// A profile of no audience is not remembered, so that only the list of triggers may be shorter.
					const said = (told: string[]) =>
						told.map((one) => (one.startsWith('–') ? one : 'exported'));
					expect(said(events.tell({ profile: given, changed }))).toEqual(
						said(snapshots.tell(given)),
					);
					before = step;
				}
			}),
		);
	});
});

describe('always', () => {
	it('exports every profile', () => {
		const destination = new Destination('always');
		expect(destination.tell(ann({}), ann({}), profileOf('bob', { y: 'exited' }))).toEqual([
			'always',
			'always',
			'always',
		]);
	});
});

describe('what is owed', () => {
	it('is exported with the next look at the profile, and then no more', () => {
		const destination = new Destination();
		destination.tell(ann({ x: 'realized' }));
		destination.change('ann', { owed: 'cancelled' });
		expect(destination.tell(ann({ x: 'realized' }))).toEqual(['owed']);
		expect(destination.tell(ann({ x: 'realized' }))).toEqual(['– no relevant change']);
	});
});

describe('a newly mapped audience', () => {
	const awaiting = (destination: Destination) => {
		destination.tell(ann({ x: 'realized', y: 'realized' }), profileOf('bob', { y: 'exited' }));
		destination.mappings = mapped(['x', 'y'], ['person.name']);
		destination.recorded = {
			times: new Map(),
			revision: 2,
			awaitingBackfill: [{ id: 'y', revision: 2 }],
		};
		return destination;
	};
	const again = [ann({ x: 'realized', y: 'realized' }), profileOf('bob', { y: 'exited' })];

	it('exports who has qualified before, once, when it is backfilled from the input', () => {
		const destination = awaiting(new Destination('snapshots', 'ecid', { backfill: true }));
		expect(destination.tell(...again)).toEqual(['backfill', '– no mapped audience']);
		expect(destination.tell(...again)).toEqual(['– no relevant change', '– no mapped audience']);
	});

	it('does not, when it is not', () => {
		expect(awaiting(new Destination()).tell(...again)).toEqual([
			'– no relevant change',
			'– no mapped audience',
		]);
	});
});

describe('a profile key that changes', () => {
	const ids = (...ecid: object[]) => ({ ...ann({ x: 'realized' }), identityMap: { ecid } });

	it('takes the state along to a primary identity', () => {
		const destination = new Destination();
		destination.tell(ids({ id: 'a' }));
		expect(destination.tell(ids({ id: 'b', primary: true }, { id: 'a' }))).toEqual(['identityMap']);
		expect(destination.keys).toEqual(['b']);
		expect(destination.tell(ids({ id: 'b', primary: true }, { id: 'a' }))).toEqual([
			'– no relevant change',
		]);
	});

	it('stays what it was when identities come in another order', () => {
		const destination = new Destination();
		destination.tell(ids({ id: 'a' }, { id: 'b' }));
		expect(destination.tell(ids({ id: 'b' }, { id: 'a' }))).toEqual(['– no relevant change']);
		expect(destination.keys).toEqual(['a']);
	});

	it('makes one of two profiles, with the memberships of both', () => {
		const destination = new Destination();
		const of = (memberships: object, ...ecid: object[]) => ({
			...profileOf('', memberships as never),
			identityMap: { ecid },
		});
		destination.tell(of({ x: 'realized' }, { id: 'a' }), of({ x2: 'realized' }, { id: 'b' }));
		const decided = destination.take(of({ x: 'realized' }, { id: 'a' }, { id: 'b' }));
		expect(decided.exports[0].triggers.map(({ kind }) => kind)).toEqual([
			'audience',
			'identityMap',
		]);
		expect(exportedMemberships(decided).x2.status).toBe('exited');
		expect(decided).toMatchObject({ growth: -1 });
		expect(destination.keys).toEqual(['a']);
	});

	it('is found by the identities where it is a path', () => {
		const destination = new Destination('snapshots', 'crm.id');
		const of = (id: string) => ({ ...ann({ x: 'realized' }), crm: { id } });
		expect(destination.take(of('1'))).toMatchObject({ growth: 1 });
		expect(destination.take(of('2'))).toMatchObject({ growth: 0, moved: new Set(['1']) });
		expect(destination.keys).toEqual(['2']);
	});
});

describe('hostile profiles', () => {
	it('change nothing but themselves', () => {
		const destination = new Destination('snapshots', '__proto');
		const profile = JSON.parse(
			'{"person":{"__proto__":{"polluted":1}},"identityMap":{"__proto":[{"id":"__proto__"}]},"segmentMembership":{"__proto__":{"x":{"status":"realized"},"__proto__":{"status":"realized"}}}}',
		) as object;
		expect(destination.tell(profile)).toEqual(['none→realized']);
		expect(destination.tell(profile)).toEqual(['– no relevant change']);
		expect(({} as Record<string, unknown>).polluted).toBeUndefined();
	});
});
