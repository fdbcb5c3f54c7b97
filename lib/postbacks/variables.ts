import { toJson, toQuery } from './encode';
import type { Hit, HitValue } from './hit';
import { toText } from './values';

/** What templates are expanded with: one hit, one moment, one random number for a postback. */
export interface ExpansionContext {
	hit: Hit;
	/** Epoch milliseconds. */
	now: number;
	/** 1 to 100,000,000; the same wherever one postback names it. */
	cachebust: number;
	/** What `sdkver` is when the hit does not say. */
	sdkVersion: string;
}

/**
 * How a variable's text is to be treated: `text` is a value like any other, `query` is
 * percent-encoded already, `json` is JSON already.
 */
export type VariableKind = 'text' | 'query' | 'json';

export interface Variable {
	kind: VariableKind;
	read: (context: ExpansionContext) => string;
}

/** Hit keys (any case) that a variable of the 4.x dialect is taken from, the first that has a value. */
export const VARIABLE_KEYS = {
	sdkver: ['sdkver', 'a.sdkver', 'sdkVersion'],
	adid: ['adid', 'a.adid', 'advertisingIdentifier'],
	pushid: ['pushid', 'a.pushid', 'pushIdentifier'],
	mcid: ['mcid', 'mid', 'a.mcid', 'ecid'],
	timestampu: ['timestampu'],
	timestampz: ['timestampz'],
} as const;

function firstOf(hit: Hit, keys: readonly string[]): string {
	for (const key of keys) {
		const text = toText(hit.get(key));
		if (text !== '') return text;
	}
	return '';
}

function text(read: (context: ExpansionContext) => string): Variable {
	return { kind: 'text', read };
}

function seconds(now: number): number {
	return Math.floor(now / 1000);
}

/** ISO 8601 in UTC without fractions, which is also what `yyyy-MM-dd'T'HH:mm:ssXX` gives in UTC. */
function isoSeconds(now: number): string {
	return `${new Date(now).toISOString().slice(0, -5)}Z`;
}

/**
 * The `{%…%}` variables of the 4.x dialect ("Mobile Services, Postbacks"), by lower-case name.
 * `mcid` is documented for Campaign only, and `all_url` and `all_json` are those of core 1.x. Each
 * but cachebust and the last two is taken from the hit where it carries one of
 * {@link VARIABLE_KEYS}; the times are else those of composing.
 */
export const MOBILE_VARIABLES: ReadonlyMap<string, Variable> = new Map([
	['sdkver', text(({ hit, sdkVersion }) => firstOf(hit, VARIABLE_KEYS.sdkver) || sdkVersion)],
	['cachebust', text(({ cachebust }) => String(cachebust))],
	['adid', text(({ hit }) => firstOf(hit, VARIABLE_KEYS.adid))],
	['pushid', text(({ hit }) => firstOf(hit, VARIABLE_KEYS.pushid))],
	['mcid', text(({ hit }) => firstOf(hit, VARIABLE_KEYS.mcid))],
	[
		'timestampu',
		text(({ hit, now }) => firstOf(hit, VARIABLE_KEYS.timestampu) || String(seconds(now))),
	],
	['timestampz', text(({ hit, now }) => firstOf(hit, VARIABLE_KEYS.timestampz) || isoSeconds(now))],
	['all_url', { kind: 'query', read: ({ hit }) => toQuery(hit.source) }],
	['all_json', { kind: 'json', read: ({ hit }) => toJson(hit.source) }],
]);

/**
 * The `~` keys of the launch rules (core 2.x, TokenFinder) that are computed, by lower-case name. A
 * hit that carries the key itself is believed. `~type`, `~source` and `~state.…` are nowhere but on
 * the hit, so they are keys like any other.
 */
export const LAUNCH_VARIABLES: ReadonlyMap<string, Variable> = new Map([
	['~timestampu', text(({ now }) => String(seconds(now)))],
	['~timestampz', text(({ now }) => isoSeconds(now))],
	['~timestampp', text(({ now }) => new Date(now).toISOString())],
	['~sdkver', text(({ sdkVersion }) => sdkVersion)],
	['~cachebust', text(({ cachebust }) => String(cachebust))],
	['~all_url', { kind: 'query', read: ({ hit }) => toQuery(hit.source) }],
	['~all_json', { kind: 'json', read: ({ hit }) => toJson(hit.source) }],
]);

/**
 * The computed keys that a launch condition may ask about: the times and the version. The other
 * `~` keys are read from the hit like any key.
 */
export function readLaunchKey(
	key: string,
	sdkVersion: string,
): ((hit: Hit, now: number) => HitValue) | undefined {
	const compute = launchComputation(key.toLowerCase(), sdkVersion);
	return compute && ((hit, now) => hit.get(key) ?? compute(now));
}

function launchComputation(
	key: string,
	sdkVersion: string,
): ((now: number) => HitValue) | undefined {
	switch (key) {
		case '~timestampu':
			return seconds;
		case '~timestampz':
			return isoSeconds;
		case '~timestampp':
			return (now) => new Date(now).toISOString();
		case '~sdkver':
			return () => (sdkVersion === '' ? null : sdkVersion);
		default:
			return undefined;
	}
}
