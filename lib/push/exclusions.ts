import type { ChannelConfiguration } from './configuration';
import type { Device } from './devices/device';

/** Why somebody is not sent to, by the codes of the exclusion list (AJO, reports, exclusion list). */
export const EXCLUSIONS = Object.freeze({
	PushNoTokenFoundInProfile: '050030',
	PushNoValidTokenFoundForApps: '050031',
	PushNoApplicationDefinedInPreset: '050033',
	PushMalformedProfile: '050034',
	PushNoVariantDefined: '050035',
	PushNoConsent: '050111',
	RuntimeRenderingError: '050302',
});
export type ExclusionReason = keyof typeof EXCLUSIONS;

export interface Exclusion {
	code: string;
	reason: ExclusionReason;
	/** For people: what is missing and, where somebody can mend it, how. */
	details: string;
}

/** Makes an exclusion. */
export function exclusion(reason: ExclusionReason, details: string): Exclusion {
	return { code: EXCLUSIONS[reason], reason, details };
}

export const NO_CONSENT = exclusion(
	'PushNoConsent',
	'the profile does not want push notifications',
);

/** Whether somebody may be sent push notifications: as they said, or nobody asked them. */
export type Consent = 'yes' | 'no' | 'unknown';

/** What a message does with the devices of a profile. */
export interface Selection {
	send: Device[];
	excluded: { device?: Device; exclusion: Exclusion; denylisted?: boolean }[];
}

/**
 * Picks the devices of a profile that a configuration's message goes to: all of its apps whose token is
 * good for the credential's environment. Pure.
 * @param consentOf what the profile has said about an app
 */
export function selectDevices(
	devices: readonly Device[],
	consentOf: (appId: string) => Consent,
	configuration: ChannelConfiguration,
): Selection {
	const selection: Selection = { send: [], excluded: [] };
	const none = (reason: ExclusionReason, details: string) =>
		selection.excluded.push({ exclusion: exclusion(reason, details) });
	if (devices.length === 0) {
		none('PushNoTokenFoundInProfile', 'no device is registered for the profile');
		return selection;
	}
	const { ios, android } = configuration;
	const ours = devices.filter(({ appId }) => appId === ios?.appId || appId === android?.appId);
	if (ours.length === 0) {
		const others = [...new Set(devices.map(({ appId }) => appId))].slice(0, 5).join(', ');
		none('PushNoValidTokenFoundForApps', `the profile has devices of other apps only: ${others}`);
		return selection;
	}
	for (const device of ours) {
		const why = consentOf(device.appId) === 'no' ? NO_CONSENT : unreachable(device, configuration);
		if (why) {
			const denylisted = why !== NO_CONSENT && device.denylisted !== undefined;
			selection.excluded.push({ device, exclusion: why, ...(denylisted ? { denylisted } : {}) });
		} else selection.send.push(device);
	}
	return selection;
}

/** Why a device cannot be reached with a configuration's credentials; undefined: it can. */
export function unreachable(
	{ platform, appId, denylisted }: Device,
	{ ios, android }: ChannelConfiguration,
): Exclusion | undefined {
	const app = platform === 'fcm' ? android : ios;
	if (!app) {
		const provider = platform === 'fcm' ? 'FCM' : 'APNs';
		return exclusion(
			'PushNoApplicationDefinedInPreset',
			`the channel configuration has no ${provider} credential; choose one to reach devices of the platform ${platform}`,
		);
	}
	if (app.appId !== appId) {
		return exclusion(
			'PushNoValidTokenFoundForApps',
			`the device has the app ${appId}, and the channel configuration is for ${app.appId}`,
		);
	}
	if (platform !== 'fcm' && ios) {
		const { environment } = ios.credential;
		if ((platform === 'apnsSandbox') !== (environment === 'sandbox')) {
			return exclusion(
				'PushNoValidTokenFoundForApps',
				`the token is of the platform ${platform}, and the APNs credential is for ${environment}`,
			);
		}
	}
	if (denylisted) {
		const at = new Date(denylisted.at).toISOString();
		return exclusion(
			'PushNoValidTokenFoundForApps',
			`the token is denylisted since ${at}: ${denylisted.reason}`,
		);
	}
	return undefined;
}
