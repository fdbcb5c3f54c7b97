export * from './backfill';
export { readChanges, type Changes } from './changes';
export * from './decision';
export type { ExportDelivery, ExportRequest } from './deliveries';
export * from './destination';
export * from './destinationSettings';
export { DestinationError, listed } from './errors';
export * from './exporter';
export { feedProfiles } from './feed';
export type { InputKind, PreparedProfile } from './facts';
export * from './headersAndQuery';
export { toInput } from './jobs';
export { KnownProfiles } from './knownProfiles';
export {
	profileKeyHint,
	readMappings,
	type MappedAttribute,
	type MappedAudience,
	type Mappings,
	type MappingTimes,
} from './mappings';
export { MAX_PROFILE_BYTES, MAX_PROFILE_DEPTH } from './measure';
export type { Membership, MembershipStatus } from './membership';
export {
	joinPayloads,
	splitPayloads,
	type MappedBody,
	type PayloadMapping,
	type PayloadOptions,
} from './payload';
export { composeProfiles, previewProfiles } from './preview';
export { readProfile, type Profile } from './profile';
export { readProfileKey, type ProfileKey } from './profileKey';
export {
	mappedAudiences,
	previewMappings,
	recordMappings,
	type RecordedMappings,
} from './store/audiences';
export * from './store/backfills';
export * from './store/destinations';
export { profileMigrations } from './store/migrations';
export { markOwed } from './store/owed';
export { replayExports } from './store/replay';
export { splitDelivery } from './store/split';
export {
	takeProfiles,
	type ExportOptions,
	type TakenDelivery,
	type TakenProfiles,
	type TakeLease,
} from './take';
