import { flattenHit, type HitValue } from './hit';
import {
	DATE_MATCHERS,
	EXISTENCE_MATCHERS,
	type MatcherCode,
	NUMBER_MATCHERS,
	TEXT_MATCHERS,
} from './matchers';
import { parseHits } from './parseHits';
import { toDay, toNumber } from './values';

/** A metric offers number conditions, a variable text ones ("Mobile Services", in-app messages). */
export type KeyKind = 'metric' | 'variable' | 'date';

export interface CatalogKey {
	key: string;
	/** The name that people know it by. */
	name: string;
	kind: KeyKind;
	/** Unit or form of the value, where it is not plain. */
	description?: string;
	/** What the interface of Mobile Services calls it, where that differs. */
	alias?: string;
}

function metric(key: string, name: string, description?: string, alias?: string): CatalogKey {
	return { key, name, kind: 'metric', description, alias };
}

function variable(key: string, name: string, description?: string, alias?: string): CatalogKey {
	return { key, name, kind: 'variable', description, alias };
}

/** The keys of lifecycle and other hits with their names ("Mobile Services", metrics of iOS and Android). */
export const CATALOG_KEYS: readonly CatalogKey[] = [
	metric('a.LaunchEvent', 'Launches', 'present on every launch', 'Launched'),
	metric('a.CrashEvent', 'Crashes', 'present on the launch after a crash', 'Crashed'),
	metric('a.InstallEvent', 'First Launches', 'present on the first launch after installing'),
	metric('a.UpgradeEvent', 'Upgrades', 'present on the first launch after an upgrade'),
	metric('a.DailyEngUserEvent', 'Daily Engaged Users', 'present once a day'),
	metric('a.MonthlyEngUserEvent', 'Monthly Engaged Users', 'present once a month'),
	metric('a.PrevSessionLength', 'Previous Session Length', 'seconds', 'Session Length'),
	metric('a.ignoredSessionLength', 'Ignored Session Length', 'seconds; 5.x only'),
	{
		key: 'a.InstallDate',
		name: 'Install Date',
		kind: 'date',
		description: 'MM/DD/YYYY',
		alias: 'First Launch Date',
	},
	variable('a.AppID', 'App ID', 'name of the app, a space, its version'),
	metric('a.Launches', 'Launch Number'),
	metric('a.DaysSinceFirstUse', 'Days Since First Use', 'days'),
	metric('a.DaysSinceLastUse', 'Days Since Last Use', 'days'),
	metric('a.DaysSinceLastUpgrade', 'Days Since Last Upgrade', 'days'),
	metric('a.LaunchesSinceUpgrade', 'Launches Since Upgrade'),
	metric('a.HourOfDay', 'Hour of Day', '0 to 23'),
	metric('a.DayOfWeek', 'Day of Week', '1 (Sunday) to 7'),
	variable('a.OSVersion', 'Operating System Version'),
	variable('a.DeviceName', 'Device Name'),
	variable('a.CarrierName', 'Carrier Name'),
	variable('a.Resolution', 'Resolution', 'width x height in pixels'),
	variable('a.locale', 'Locale', '5.x only'),
	variable('a.RunMode', 'Run Mode', 'application or extension'),
	variable('pageName', 'State', 'what trackState was given'),
	variable('a.action', 'Action', 'what trackAction was given'),
	variable('pev2', 'Action (hit parameter)', 'AMACTION: and the action'),
	metric('a.action.time.total', 'Action Time Total', 'seconds'),
	metric('a.action.time.inapp', 'Action Time In App', 'seconds'),
	metric('a.timesincelaunch', 'Time Since Launch', 'seconds'),
	metric('a.ltv.amount', 'Lifetime Value'),
	variable('a.loc.poi', 'Point of Interest'),
	metric('a.loc.dist', 'Distance to Point of Interest', 'metres'),
	variable('a.loc.lat.a', 'Latitude (first part)'),
	variable('a.loc.lat.b', 'Latitude (second part)'),
	variable('a.loc.lat.c', 'Latitude (third part)'),
	variable('a.loc.lon.a', 'Longitude (first part)'),
	variable('a.loc.lon.b', 'Longitude (second part)'),
	variable('a.loc.lon.c', 'Longitude (third part)'),
	variable('a.referrer.campaign.trackingcode', 'Acquisition Tracking Code'),
	variable('a.referrer.campaign.name', 'Acquisition Campaign'),
	variable('a.referrer.campaign.content', 'Acquisition Content'),
	variable('a.referrer.campaign.medium', 'Acquisition Medium'),
	variable('a.referrer.campaign.source', 'Acquisition Source'),
	variable('a.referrer.campaign.term', 'Acquisition Term'),
	variable('a.deeplink.id', 'Deep Link ID'),
	variable('a.launch.campaign.trackingcode', 'Launch Tracking Code'),
	variable('a.launch.campaign.content', 'Launch Content'),
	variable('a.launch.campaign.medium', 'Launch Medium'),
	variable('a.launch.campaign.source', 'Launch Source'),
	variable('a.launch.campaign.term', 'Launch Term'),
	variable('a.push.payloadID', 'Push Payload ID'),
	variable('a.beacon.uuid', 'Beacon UUID'),
	variable('a.beacon.major', 'Beacon Major'),
	variable('a.beacon.minor', 'Beacon Minor'),
	variable('a.beacon.prox', 'Beacon Proximity'),
	variable('a.contentType', 'Content Type'),
	variable('a.media.name', 'Video Name'),
];

export interface CatalogMatcher {
	code: MatcherCode;
	label: string;
	/** Whether it compares with values at all. */
	needsValue: boolean;
}

const LABELS: Record<MatcherCode, string> = {
	eq: 'equals',
	ne: 'does not equal',
	co: 'contains',
	nc: 'does not contain',
	sw: 'starts with',
	ew: 'ends with',
	ex: 'exists',
	nx: 'does not exist',
	lt: 'is less than',
	le: 'is less than or equal to',
	gt: 'is greater than',
	ge: 'is greater than or equal to',
	on: 'is on',
	before: 'is before',
	after: 'is after',
};

function matchers(...codes: MatcherCode[]): CatalogMatcher[] {
	return codes.map((code) => ({
		code,
		label: LABELS[code],
		needsValue: !EXISTENCE_MATCHERS.some((one) => one === code),
	}));
}

/** The matchers that each kind of key offers. Values of a metric should be passed as numbers. */
export const CATALOG_MATCHERS: Readonly<Record<KeyKind, readonly CatalogMatcher[]>> = {
	metric: matchers('eq', 'ne', ...NUMBER_MATCHERS, ...EXISTENCE_MATCHERS),
	variable: matchers(...TEXT_MATCHERS, ...EXISTENCE_MATCHERS),
	date: matchers(...DATE_MATCHERS, ...EXISTENCE_MATCHERS),
};

/** The `{%…%}` variables of the 4.x dialect with names to choose them by. */
export const CATALOG_VARIABLES: ReadonlyArray<{ token: string; name: string }> = [
	{ token: '{%sdkver%}', name: 'SDK Version' },
	{ token: '{%cachebust%}', name: 'Random Number (1 to 100,000,000)' },
	{ token: '{%timestampu%}', name: 'Time (epoch seconds)' },
	{ token: '{%timestampz%}', name: 'Time (ISO 8601)' },
	{ token: '{%adid%}', name: 'Advertising ID' },
	{ token: '{%pushid%}', name: 'Push Token' },
	{ token: '{%mcid%}', name: 'Experience Cloud Visitor ID' },
	{ token: '{%all_url%}', name: 'All Data (as a query)' },
	{ token: '{%all_json%}', name: 'All Data (as JSON)' },
];

/**
 * The keys of a pasted sample hit, to be offered beside the catalogue's: known keys under their
 * known names, others under their own, with the kind that the value suggests.
 *
 * @param sample A hit as an object, or text in any form that the trigger takes in; of several hits
 * the first that has a key counts for it.
 * @throws HitError when the sample cannot be read.
 */
export function catalogFromSample(sample: unknown): CatalogKey[] {
	const hits =
		typeof sample === 'string'
			? parseHits({ method: 'POST', query: '', body: Buffer.from(sample.trim()) }).hits.map(
					({ hit }) => hit,
				)
			: [flattenHit(sample)];
	const known = new Map(CATALOG_KEYS.map((one) => [one.key, one]));
	const found = new Map<string, CatalogKey>();
	for (const { values } of hits) {
		for (const [key, value] of values) {
			if (!found.has(key))
				found.set(key, known.get(key) ?? { key, name: key, kind: kindOf(value) });
		}
	}
	return [...found.values()];
}

function kindOf(value: HitValue): KeyKind {
	if (toDay(value) !== undefined) return 'date';
	return toNumber(value) === undefined ? 'variable' : 'metric';
}
