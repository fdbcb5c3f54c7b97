import fc from 'fast-check';
import { mapped, profileOf } from './make';
import { ann, Destination, exportedMemberships } from './rememberingDestination';

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
