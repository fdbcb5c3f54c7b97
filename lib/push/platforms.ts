/** As the mobile SDK names them; the sandbox of APNs is a platform of its own (profile schema, push details). */
export const PLATFORMS = ['fcm', 'apns', 'apnsSandbox'] as const;
export type Platform = (typeof PLATFORMS)[number];

export type Provider = 'apns' | 'fcm';

/** Whether a value is the name of a platform. */
export function isPlatform(value: unknown): value is Platform {
	return PLATFORMS.some((platform) => platform === value);
}

/** Who delivers to a platform's devices. */
export function providerOf(platform: Platform): Provider {
	return platform === 'fcm' ? 'fcm' : 'apns';
}
