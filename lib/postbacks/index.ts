export * from './catalog';
export type { Composition, CompositionEnvironment, CompositionError } from './compose';
export * from './conditions';
export * from './definition';
export * from './engine';
export * from './errors';
export * from './eventFilter';
export * from './examples';
export { DEFAULT_EXPRESSION_TIMEOUT_MS, MAX_BODY_BYTES } from '../expression';
export * from './hit';
export * from './importLaunchRules';
export * from './importMobileConfig';
export {
	DATE_MATCHERS,
	EXISTENCE_MATCHERS,
	type MatcherCode,
	NUMBER_MATCHERS,
	TEXT_MATCHERS,
} from './matchers';
export * from './parseHits';
export { PRIVACY_STATUSES, IDENTIFIER_KEYS, type PrivacyStatus } from './privacy';
export { MAX_URL_BYTES } from './urls';
export type { Dialect } from './template';
export { validateDefinitions } from './validate';
export { MOBILE_VARIABLES, LAUNCH_VARIABLES, VARIABLE_KEYS } from './variables';
