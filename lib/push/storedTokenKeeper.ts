import type { Delivery } from '../delivery/delivery';
import type { DeliveryStore } from '../store/deliveryStore';
import type { TokenFacts } from './errors';
import { denylistDevices, devicesById } from './store/devices';
import { parseSubject } from './subject';
import type { ForgetReason, TokenKeeper } from './tokenKeeper';

/**
 * Keeps tokens in the store: one that its provider gave up is denylisted with time and reason, never
 * removed. Of a token that nobody registered nothing is known and nothing kept.
 */
export function storedTokenKeeper(store: DeliveryStore): TokenKeeper {
	return {
		async factsOf({ subject }: Delivery): Promise<TokenFacts> {
			const id = parseSubject(subject)?.deviceId;
			if (id === undefined) return { environmentKnown: false };
			const device = (await store.read(async (unit) => await devicesById(unit, [id]))).get(id);
			// Devices are only sent to with a credential of their environment; see `unreachable`.
			if (!device) return { environmentKnown: false };
			return { environmentKnown: true, registeredAt: device.registeredAt };
		},
		async forget({ subject }: Delivery, { reason }: ForgetReason): Promise<void> {
			const id = parseSubject(subject)?.deviceId;
			if (id === undefined) return;
			await store.write(async (unit) => await denylistDevices(unit, [{ id, reason }]));
		},
	};
}
