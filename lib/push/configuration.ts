import type { ApnsCredential } from './apns/credential';
import type { FcmCredential } from './fcm/serviceAccount';
import type { PushMessage } from './message/message';
import type { TrackingSettings } from './message/tracking';
import { PushSetupError } from './setupError';

/** A channel configuration as it is typed in (AJO, push configuration: the message preset). */
export interface ConfigurationFields {
	/** Tells configurations apart for good; the node's own id. */
	id: string;
	name: string;
	/** The iOS app; that of the credential unless given. */
	iosAppId?: string;
	/** The Android app's package name. */
	androidAppId?: string;
	apns?: ApnsCredential;
	fcm?: FcmCredential;
	defaults?: PushMessage;
	/** Without it nothing is tracked. */
	tracking?: TrackingSettings;
}

/** A channel configuration that was checked: each app agrees with the credential that it is sent with. */
export interface ChannelConfiguration {
	readonly id: string;
	readonly name: string;
	readonly ios?: { readonly appId: string; readonly credential: ApnsCredential };
	readonly android?: { readonly appId: string; readonly credential: FcmCredential };
	readonly defaults: PushMessage;
	readonly tracking?: TrackingSettings;
}

const NAME = /^[A-Za-z][A-Za-z0-9_.-]*$/;

/**
 * Checks a channel configuration, as the delivery service of the push flow checks the app's credential
 * before it sends.
 * @throws PushSetupError that names the fields and what to mend
 */
export function checkConfiguration(fields: ConfigurationFields): ChannelConfiguration {
	const { id, name, apns, fcm, defaults = {}, tracking } = fields;
	const problems: string[] = [];
	if (!NAME.test(name)) {
		problems.push(
			'Channel Configuration Name has to begin with a letter, followed by letters, digits and _ . -',
		);
	}
	const iosAppId = fields.iosAppId?.trim() || apns?.bundleId;
	const androidAppId = fields.androidAppId?.trim() || only(fcm?.appIds);
	if (!apns && !fcm) {
		problems.push('Choose an APNs or an FCM credential; without one nothing can be sent');
	}
	if (apns && iosAppId !== apns.bundleId) {
		problems.push(
			`iOS App ID is ${iosAppId}, and the APNs credential is for ${apns.bundleId}; they have to agree`,
		);
	}
	if (fcm && !androidAppId) {
		problems.push('Android App ID is empty; give the package name, such as com.example.app');
	}
	if (fcm && androidAppId && fcm.appIds.length > 0 && !fcm.appIds.includes(androidAppId)) {
		problems.push(
			`Android App ID is ${androidAppId}, and the FCM credential is for ${fcm.appIds.join(', ')}; they have to agree`,
		);
	}
	if (problems.length > 0) throw new PushSetupError(problems);
	return {
		id,
		name,
		...(apns && iosAppId ? { ios: { appId: iosAppId, credential: apns } } : {}),
		...(fcm && androidAppId ? { android: { appId: androidAppId, credential: fcm } } : {}),
		defaults,
		...(tracking ? { tracking } : {}),
	};
}

const only = (list: readonly string[] = []) => (list.length === 1 ? list[0] : undefined);
