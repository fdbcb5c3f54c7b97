import { flattenHit, type Hit, type HitValue } from './hit';

/** The statuses of the 4.x SDK (`privacyDefault`). */
export const PRIVACY_STATUSES = ['optedin', 'optedout', 'optunknown'] as const;
export type PrivacyStatus = (typeof PRIVACY_STATUSES)[number];

/**
 * Keys (lower case) that identify a person or a device: those behind `{%adid%}`, `{%pushid%}` and
 * `{%mcid%}` and the identifiers that "Mobile Services" names as hit keys.
 */
export const IDENTIFIER_KEYS: readonly string[] = [
	'adid',
	'a.adid',
	'advertisingidentifier',
	'pushid',
	'a.pushid',
	'pushidentifier',
	'mcid',
	'mid',
	'a.mcid',
	'ecid',
	'aid',
	'vid',
	'uuid',
	'userid',
	'trackingid',
	'visitorid',
];

/**
 * The privacy status that counts for a hit: what the hit says under `key` (any case of key and
 * value), else the default. A value that is no status counts as unknown, the careful reading.
 */
export function privacyStatusOf(
	hit: Hit,
	key: string | undefined,
	fallback: PrivacyStatus,
): PrivacyStatus {
	const value = key === undefined || key === '' ? undefined : hit.get(key);
	if (value === undefined || value === null || value === '') return fallback;
	const said = String(value).trim().toLowerCase();
	return PRIVACY_STATUSES.find((status) => status === said) ?? 'optunknown';
}

/** The event type of the launch rules that `collectPII` makes. */
const PII_EVENT_TYPE = 'com.adobe.eventtype.generic.pii';

/**
 * Whether the hit came by `collectPII`: its `key` holds something that says yes, or it is an event
 * of that type (`~type`).
 */
export function isPiiHit(hit: Hit, key: string): boolean {
	return saysYes(hit.get(key)) || String(hit.get('~type')).toLowerCase() === PII_EVENT_TYPE;
}

function saysYes(value: HitValue | undefined): boolean {
	if (typeof value === 'string') {
		return !['', '0', 'false', 'no', 'off'].includes(value.trim().toLowerCase());
	}
	return Boolean(value);
}

/**
 * The hit without what identifies anyone, for an unknown status: identifiers are then not used in
 * network calls or token expansions (4.x SDK 4.15.0). What the whole hit would carry along
 * (`~all_json`, a JSONata body) loses them too.
 *
 * @param identifiers Flattened keys in lower case.
 */
export function withoutIdentifiers(hit: Hit, identifiers: ReadonlySet<string>): Hit {
	return flattenHit(strip(hit.source, '', identifiers));
}

function strip(container: object, prefix: string, identifiers: ReadonlySet<string>): object {
	const kept: unknown[] | Record<string, unknown> = Array.isArray(container)
		? []
		: (Object.create(null) as Record<string, unknown>);
	for (const [name, value] of Object.entries(container) as Array<[string, unknown]>) {
		const key = `${prefix}${name}`.toLowerCase();
		// A whole object under an identifier's name identifies as well.
		if (identifiers.has(key)) continue;
		const nested = typeof value === 'object' && value !== null && !(value instanceof Date);
		const stripped = nested ? strip(value, `${key}.`, identifiers) : value;
		if (Array.isArray(kept)) kept.push(stripped);
		else kept[name] = stripped;
	}
	return kept;
}
