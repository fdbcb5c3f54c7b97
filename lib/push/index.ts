export { createApnsChannel } from './apns/channel';
export {
	APNS_ORIGINS,
	readApnsCredential,
	type ApnsCredential,
	type ApnsCredentialFields,
} from './apns/credential';
export { keyOf, signProviderToken } from './apns/providerToken';
export { closeApnsConnections, getApnsConnections } from './apns/shared';
export * from './compose';
export * from './configuration';
export { apnsIdOf, orderOf, pushDelivery } from './deliveries';
export { feedbackOf } from './deliveryFeedback';
export { ECID, deviceIdOf, toPushDetails, type Device } from './devices/device';
export { readRegistrations, type Registration } from './devices/registration';
export { classifyAnswer } from './errors';
export { exclusion, EXCLUSIONS, type Consent, type Exclusion } from './exclusions';
export { createFcmChannel } from './fcm/channel';
export { requestAccessToken } from './fcm/accessToken';
export {
	FCM_ORIGIN,
	readFcmCredential,
	type FcmCredential,
	type FcmCredentialFields,
} from './fcm/serviceAccount';
export { feedbackEvent, type Feedback } from './feedback';
export { pushFeed } from './feed';
export { readInteraction, type Interaction } from './interactions';
export { pushLook } from './look';
export * from './message/message';
export type { Variables } from './message/personalise';
export type { TrackingSettings } from './message/tracking';
export { loadKnown, nobodyKnown, planFor, type Excluded } from './plan';
export { isPlatform, PLATFORMS, providerOf, type Platform } from './platforms';
export { previewPushes } from './preview';
export { probeApns, probeFcm, type Probe } from './probe';
export { createPushChannel } from './pushChannel';
export type { PushOutcome } from './pushOutcome';
export { readServer } from './server';
export { PushSetupError } from './setupError';
export { consentsOf, setConsents, type ConsentChange } from './store/consents';
export {
	devicesById,
	devicesOfIdentity,
	devicesOfProfiles,
	registerDevices,
	removeDevices,
} from './store/devices';
export { eraseProfile } from './store/erasure';
export { followDeliveries, followOpen, type Followed } from './store/follow';
export { trackInteractions, type TrackedInteraction } from './store/interactions';
export { pushMigrations } from './store/migrations';
export { reportOf, type ReportQuery } from './store/reports';
export { purgePushRecords } from './store/retention';
export { storedTokenKeeper } from './storedTokenKeeper';
export { parseSubject } from './subject';
export * from './take';
export type { PushRequest, Target, TokenTarget } from './targets';
export { noTokenKeeper, type TokenKeeper } from './tokenKeeper';
