import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEnd } from './temporary.ts';

/** A profile as a store of profiles gives it; its versions differ in an attribute. */
function profile(number: number, version: string): Record<string, unknown> {
	const key = String(number).padStart(8, '0');
	return {
		identityMap: {
			ecid: [{ id: `14575006536349286404619648085${key}` }],
			Email: [{ id: `ada.${key}@example.com` }],
		},
		person: {
			name: { firstName: 'Ada', lastName: `Lovelace ${version}` },
			birthDate: '1815-12-10',
		},
		personalEmail: { address: `ada.${key}@example.com` },
		homeAddress: { city: 'London', countryCode: 'GB', postalCode: 'W1G' },
		segmentMembership: {
			ups: {
				[AUDIENCES[0]]: { lastQualificationTime: '2026-05-25T21:24:39Z', status: 'realized' },
				[AUDIENCES[1]]: { lastQualificationTime: '2026-05-25T23:37:33Z', status: 'existing' },
			},
		},
	};
}

/** The audiences that the profiles are members of. */
export const AUDIENCES = [
	'7841ba61-23c1-4bb3-a495-00d3a5fe1e93',
	'59bd2fcd-3c48-4b18-bf56-4f5c5e6967ae',
] as const;

/** Serves profiles as a JSON array: `GET /?count=2000&version=1`. Gives its address. */
export async function startProfileSource(): Promise<string> {
	const server = createServer((request, response) => {
		const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
		const count = Number(searchParams.get('count'));
		const version = searchParams.get('version') ?? '';
		const profiles = Array.from({ length: count }, (_, number) => profile(number, version));
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify(profiles));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	atEnd(() => {
		server.close();
		server.closeAllConnections();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
