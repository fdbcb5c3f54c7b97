import fc from 'fast-check';
import { composeProfiles, DestinationError, readMappings } from '../../../lib/profiles';
import { readChanges } from '../../../lib/profiles/changes';
import { readPath } from '../../../lib/profiles/path';
import { readProfile } from '../../../lib/profiles/profile';
import { readProfileKey } from '../../../lib/profiles/profileKey';
import { readDestination, exportOptionsOf } from '../../../lib/profiles/destinationSettings';
import { systemClock } from '../../../lib/clock';
import { SAMPLE, SAMPLE_ATTRIBUTES } from '../../lib/profiles/make';
import { entrance, must, refusable } from '../support/entrance';
import { damagedText, hostileText } from '../support/texts';
import { damaged, hostileValue } from '../support/values';

const destination = readDestination(
	'd',
	{
		name: 'D',
		input: 'always',
		profileKey: '',
		audiences: [{ id: '7841ba61-23c1-4bb3-a495-00d3g5fe1e93', name: 'A', created: 1 }],
		attributes: [...SAMPLE_ATTRIBUTES, 'phones[*].number', 'list[0]'],
		payload: { includeNames: true, includeTimestamps: true },
		request: { method: 'POST', url: 'https://a.example/', headers: {} },
		queue: 'q',
		profilesPerRequest: 1,
		order: false,
		supersede: false,
		keepSnapshots: false,
		maxAgeMs: 60_000,
		requestsPerSecond: 0,
	} as never,
	{ clock: systemClock, random: Math.random },
);

const RECORDED = { times: new Map(), revision: 0, awaitingBackfill: [] } as never;

const profile = damaged(SAMPLE, {
	...SAMPLE,
	phones: [{ number: '1' }, { number: '2' }],
	list: [1, 2, 3],
	identityMap: { ECID: [{ id: '1', primary: true, authenticatedState: 'authenticated' }] },
});

export const profiles = entrance({
	name: 'profiles',
	inputs: profile,
	take: async (value) => {
		for (const text of ['ecid', 'personalEmail.address']) {
			const key = readProfileKey(text);
			if (!key.ok) throw new Error(key.problem);
			const reading = readProfile(value, key.key);
			must(reading.ok || reading.problems.length > 0, 'refused without a reason');
		}
		const options = {
			...exportOptionsOf(destination, RECORDED, {}),
			input: 'always',
			order: false,
		} as const;
		const parts = composeProfiles([{ index: 0, profile: value }], options, Date.now);
		for await (const { deliveries } of parts) {
			for (const { request } of deliveries) JSON.parse(request.body ?? '');
		}
	},
});

export const profileChanges = entrance({
	name: 'change events',
	inputs: fc.oneof(
		damaged(
			['segmentMembership', 'person.name', '/person/name/firstName'],
			[
				{ op: 'replace', path: '/person/name', value: 'x' },
				{ op: 'move', path: '/a', from: '/b' },
			],
			'identityMap, attributes, _acme["odd.name"], phones[*].number',
		),
		hostileValue,
	),
	take: (value) => {
		const reading = readChanges(value);
		must(reading.ok || reading.problem !== '', 'refused without a reason');
	},
});

export const profileMappings = entrance({
	name: 'mappings and paths',
	inputs: fc.record({
		audiences: damaged([
			{ id: 'a', namespace: 'ups', name: 'A', created: '2026-01-01', updated: 1 },
			'b',
		]),
		attributes: damaged(['person.name', { path: 'phones[0].number' }, '/a/b~1c', 'x["y.z"]']),
		path: fc.oneof(hostileText, damagedText(fc.constant('a.b[0]["c"][*]'))),
	}),
	take: ({ audiences, attributes, path }) => {
		refusable(() => readMappings(audiences, attributes), DestinationError);
		const reading = readPath(path);
		must(reading.ok || reading.problem !== '', 'refused without a reason');
	},
});
