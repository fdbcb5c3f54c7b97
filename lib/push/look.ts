import type { Look, LookBefore } from '../delivery/look';
import type { DeliveryStore } from '../store/deliveryStore';
import { EXCLUSIONS } from './exclusions';
import type { FeedbackStatus } from './feedback';
import { consentsOf } from './store/consents';
import { devicesById } from './store/devices';
import { parseSubject } from './subject';

interface LookEnd {
	/** The delivery's reason. */
	text: string;
	status: FeedbackStatus;
	code: string;
	reason: string;
}

const DENYLISTED: LookEnd = {
	text: 'not sent: the token was denylisted meanwhile',
	status: 'denylist',
	code: EXCLUSIONS.PushNoValidTokenFoundForApps,
	reason: 'PushNoValidTokenFoundForApps: the token was denylisted before it was sent to',
};
const REMOVED: LookEnd = {
	text: 'not sent: the device was removed meanwhile',
	status: 'exclude',
	code: EXCLUSIONS.PushNoTokenFoundInProfile,
	reason: 'PushNoTokenFoundInProfile: the device was removed before it was sent to',
};
const WITHDRAWN: LookEnd = {
	text: 'not sent: the consent was withdrawn meanwhile',
	status: 'exclude',
	code: EXCLUSIONS.PushNoConsent,
	reason: 'PushNoConsent: the consent was withdrawn before it was sent to',
};

/** What a look before an attempt may end a delivery for. */
export const LOOK_ENDS: readonly LookEnd[] = Object.freeze([DENYLISTED, REMOVED, WITHDRAWN]);

/**
 * A look before an attempt: the token may have been given up, the device erased or the consent withdrawn
 * since the delivery was stored. What waits to be looked at is asked of the store together.
 */
export function pushLook(store: DeliveryStore): LookBefore {
	let waiting: Map<string, Promise<LookEnd | undefined>> | undefined;
	let batch: Promise<Map<string, LookEnd>> | undefined;
	const look = async (id: string): Promise<LookEnd | undefined> => {
		if (!waiting) {
			const ids = (waiting = new Map());
			batch = new Promise((resolve) => setImmediate(resolve)).then(async () => {
				waiting = undefined;
				return await endsOf(store, [...ids.keys()]);
			});
		}
		const known = waiting.get(id);
		if (known) return await known;
		const asked = (batch as Promise<Map<string, LookEnd>>).then((ends) => ends.get(id));
		waiting.set(id, asked);
		return await asked;
	};
	return ({ kind, subject }): Promise<Look> | Look => {
		const id = kind === 'push' ? parseSubject(subject)?.deviceId : undefined;
		if (id === undefined) return { send: true };
		return look(id).then((end) => (end ? { send: false, reason: end.text } : { send: true }));
	};
}

async function endsOf(store: DeliveryStore, ids: string[]): Promise<Map<string, LookEnd>> {
	return await store.read(async (unit) => {
		const devices = await devicesById(unit, ids);
		const keys = [...devices.values()].map(({ profileKey }) => profileKey);
		const consentOf = await consentsOf(unit, keys);
		const ends = new Map<string, LookEnd>();
		for (const id of ids) {
			const device = devices.get(id);
			if (!device) ends.set(id, REMOVED);
			else if (device.denylisted) ends.set(id, DENYLISTED);
			else if (consentOf(device.profileKey, device.appId) === 'no') ends.set(id, WITHDRAWN);
		}
		return ends;
	});
}
