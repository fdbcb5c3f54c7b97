import type { AudienceDetails } from './membership';
import type { AudienceState } from './state';
import type { PayloadParts } from './payload';

type Details = [namespace: string, audience: string, details: AudienceDetails];

/**
 * What is kept of a profile beside its state, so that a backfill can export it later: the mapped
 * attributes, the identities, and what the input tells of audiences.
 */
export function writeSnapshot({ attributes, audiences, identityMap }: PayloadParts): string {
	const details: Details[] = [];
	for (const { namespace, audience, details: told } of audiences) {
		if (!told) continue;
		const { name, createdAt, updatedAt, mappingCreatedAt, mappingUpdatedAt } = told;
		const times = createdAt ?? updatedAt ?? mappingCreatedAt ?? mappingUpdatedAt;
		if (name === undefined && times === undefined) continue;
		details.push([
			namespace,
			audience,
			{ name, createdAt, updatedAt, mappingCreatedAt, mappingUpdatedAt },
		]);
	}
	return ['{"a":', attributes, ',"i":', identityMap, ',"d":', JSON.stringify(details), '}'].join(
		'',
	);
}

/** The parts of a payload from a snapshot and the state that belongs to it. */
export function readSnapshot(snapshot: string, audiences: readonly AudienceState[]): PayloadParts {
	const { a, i, d } = JSON.parse(snapshot) as { a: object; i: object; d: Details[] };
	const details = new Map(
		d.map(([namespace, audience, told]) => [`${namespace}\n${audience}`, told]),
	);
	return {
		attributes: JSON.stringify(a),
		identityMap: JSON.stringify(i),
		audiences: audiences.map((one) => ({
			...one,
			details: details.get(`${one.namespace}\n${one.audience}`),
		})),
	};
}
