import { createHash } from 'node:crypto';
import type { Platform } from '../platforms';

/** Whose device it is, as the SDK knows it. */
export interface DeviceIdentity {
	namespace: string;
	id: string;
}

/** One app on one device, by the token that its provider gave it. Times in epoch milliseconds. */
export interface Device {
	/** Of app, platform and token, which are unique together. */
	id: string;
	appId: string;
	platform: Platform;
	token: string;
	identity: DeviceIdentity;
	profileKey: string;
	/** When it was last registered. */
	registeredAt: number;
	/** The provider, or a newer registration, gave the token up. */
	denylisted?: { at: number; reason: string };
}

/** The id of a device: a hash, so that it can stand where a token should not. */
export function deviceIdOf(appId: string, platform: Platform, token: string): string {
	const text = JSON.stringify([appId, platform, token]);
	return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** The namespace of a device's own id in the mobile SDK. */
export const ECID = 'ECID';

/** A device in the shape of the profile schema's `pushNotificationDetails`. */
export function toPushDetails(device: Device): Record<string, unknown> {
	const { appId, platform, token, identity, denylisted } = device;
	return {
		appID: appId,
		platform,
		token,
		denylisted: denylisted !== undefined,
		identity: { namespace: { code: identity.namespace }, id: identity.id },
	};
}
