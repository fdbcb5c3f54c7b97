import type { Delivery } from '../../lib/delivery/delivery.ts';
import type { SenderInput } from '../../lib/delivery/senderTypes.ts';
import type * as Identifiers from '../../lib/delivery/identifiers.ts';
import { compiledPackage } from './package.ts';

/** Where the deliveries go. */
export const PROFILES_PATH = '/profiles';

/** A profile export of usual size, as one delivery sends it. */
export function profileBody(number: number): string {
	const key = String(number).padStart(8, '0');
	return JSON.stringify({
		attributes: {
			firstName: { value: 'Ada' },
			lastName: { value: `Lovelace ${key}` },
			'person.birthDate': { value: '1815-12-10' },
			'personalEmail.address': { value: `ada.${key}@example.com` },
		},
		identityMap: {
			ecid: [{ id: `14575006536349286404619648085${key}` }],
			Email: [{ id: `ada.${key}@example.com` }],
		},
		segmentMembership: {
			ups: {
				'7841ba61-23c1-4bb3-a495-00d3g5fe1e93': {
					lastQualificationTime: '2026-05-25T21:24:39Z',
					status: 'realized',
				},
				'59bd2fkd-3c48-4b18-bf56-4f5c5e6967ae': {
					lastQualificationTime: '2026-05-25T23:37:33Z',
					status: 'existing',
				},
			},
		},
	});
}

/** So many deliveries of one destination, made now, as a sender's node hands them over. */
export function newInputs(count: number, origin: string): SenderInput[] {
	const { newDeliveryId } = compiledPackage().load<typeof Identifiers>('lib/delivery/identifiers');
	return Array.from({ length: count }, (_, index) => {
		const delivery: Delivery = {
			id: newDeliveryId(),
			kind: 'profile',
			name: 'Bench destination',
			source: { type: 'destination', id: 'bench' },
			request: {
				method: 'POST',
				url: origin + PROFILES_PATH,
				headers: { 'content-type': 'application/json' },
				body: profileBody(index),
			},
			attempt: 0,
			status: 'pending',
		};
		return { index, delivery, endpoint: origin };
	});
}
