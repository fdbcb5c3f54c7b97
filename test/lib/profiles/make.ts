import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readMappings, type Mappings } from '../../../lib/profiles/mappings';

export const NOW = Date.parse('2026-01-01T00:00:00Z');

/** The payload that the page on the HTTP API destination shows, as an input; in its order. */
export const SAMPLE = {
	person: {
		birthDate: 'YYYY-MM-DD',
		name: { firstName: 'John', lastName: 'Doe' },
	},
	personalEmail: { address: 'john.doe@acme.com' },
	segmentMembership: {
		ups: {
			'7841ba61-23c1-4bb3-a495-00d3g5fe1e93': {
				lastQualificationTime: '2022-01-11T21:24:39Z',
				status: 'exited',
			},
			'59bd2fkd-3c48-4b18-bf56-4f5c5e6967ae': {
				lastQualificationTime: '2022-01-02T23:37:33Z',
				status: 'existing',
			},
			'947c1c46-008d-40b0-92ec-3af86eaf41c1': {
				lastQualificationTime: '2021-08-25T23:37:33Z',
				status: 'existing',
			},
			'5114d758-ce71-43ba-b53e-e2a91d67b67f': {
				lastQualificationTime: '2022-01-11T23:37:33Z',
				status: 'realized',
			},
		},
	},
	identityMap: {
		ecid: [
			{ id: '14575006536349286404619648085736425115' },
			{ id: '66478888669296734530114754794777368480' },
		],
		email_lc_sha256: [
			{ id: '655332b5fa2aea4498bf7a290cff017cb4' },
			{ id: '66baf76ef9de8b42df8903f00e0e3dc0b7' },
		],
	},
};

export const SAMPLE_ATTRIBUTES = [
	'personalEmail.address',
	'person.name.lastName',
	'person.name.firstName',
	'person.birthDate',
];

/** Mappings of audiences by their ids and of attributes by their paths. */
export const mapped = (
	audiences: readonly (string | object)[],
	attributes: readonly string[] = [],
): Mappings => readMappings(audiences, attributes);

type Memberships = Record<string, string | { status: string; [field: string]: unknown }>;

/** A profile with an ecid, memberships in `ups` by their status, and attributes. */
export function profileOf(
	ecid: string,
	memberships: Memberships = {},
	attributes: Record<string, unknown> = {},
	identities: Record<string, { id: string; primary?: boolean }[]> = {},
): Record<string, unknown> {
	const ups = Object.entries(memberships).map(([id, one]) => [
		id,
		typeof one === 'string' ? { lastQualificationTime: '2025-12-01T00:00:00Z', status: one } : one,
	]);
	return {
		...attributes,
		segmentMembership: { ups: Object.fromEntries(ups) },
		identityMap: { ecid: [{ id: ecid }], ...identities },
	};
}

const FOLDER = path.resolve(__dirname, '../../../../shared/conformance/http-destination');

/** A file of the conformance data beside the project; undefined, with a notice, where it is not. */
export function conformanceFile(name: string): string | undefined {
	const file = path.join(FOLDER, name);
	if (existsSync(file)) return readFileSync(file, 'utf8');
	process.stderr.write(`skipped: no conformance data http-destination/${name}\n`);
	return undefined;
}
