import { ECID, type DeviceIdentity } from './device';
import { isPlatform, PLATFORMS, type Platform } from '../platforms';

/** A token to be registered. */
export interface Registration {
	appId: string;
	platform: Platform;
	token: string;
	identity: DeviceIdentity;
	/** Where none is given: that of the identity's other devices, else the identity's id. */
	profileKey?: string;
	denylisted: boolean;
	/** When the device said it, epoch milliseconds; undefined: now. */
	at?: number;
}

export type RegistrationReading =
	| { ok: true; registrations: Registration[] }
	| { ok: false; problems: string[] };

type Json = Readonly<Record<string, unknown>>;

/** Longer ones are none of these providers. */
const LONGEST_TOKEN = 4_096;
const APNS_TOKEN = /^(?:[0-9a-f]{2}){16,}$/i;
const LONGEST_ID = 512;
/** Control characters and halves of characters stand in no id, and not every database takes them. */
const NO_TEXT = /[\p{Cc}\p{Cs}]/u;

/**
 * Reads a registration: the SDK's event as it is sent (`data.pushNotificationDetails`), a profile record,
 * or the details themselves, one or several; names with the schema's prefix are the same.
 * @param profileKey for all of them
 * @returns problems that each name the field and the mend, without the token
 */
export function readRegistrations(value: unknown, profileKey?: string): RegistrationReading {
	const event = objectOf(value);
	const details = event && detailsOf(event);
	if (!details || details.length === 0) {
		return {
			ok: false,
			problems: [
				'pushNotificationDetails is missing: give the event of the SDK, or the fields appID, platform, token and identity',
			],
		};
	}
	const at = timeOf(event);
	const problems: string[] = [];
	const registrations = details.map((detail, index) => {
		const where = details.length === 1 ? '' : `pushNotificationDetails[${index}].`;
		return readOne(detail, where, problems, { profileKey, at });
	});
	return problems.length > 0
		? { ok: false, problems }
		: { ok: true, registrations: registrations as Registration[] };
}

function readOne(
	detail: unknown,
	where: string,
	problems: string[],
	{ profileKey, at }: { profileKey?: string; at?: number },
): Registration | undefined {
	const fields = objectOf(detail);
	const before = problems.length;
	const problem = (field: string, what: string) => problems.push(`${where}${field} ${what}`);
	const platform = field(fields, 'platform');
	if (!isPlatform(platform)) problem('platform', `has to be one of ${PLATFORMS.join(', ')}`);
	const appId = text(field(fields, 'appID') ?? field(fields, 'appId'));
	if (!isId(appId)) {
		problem('appID', "is missing: the app's bundle id or package name");
	}
	const token = text(field(fields, 'token'));
	const tokenProblem = problemOfToken(token, platform);
	if (tokenProblem) problem('token', tokenProblem);
	const identity = identityOf(field(fields, 'identity') ?? field(fields, 'identiy'));
	if (!identity) problem('identity', 'is missing: { namespace: { code: "ECID" }, id: "…" }');
	if (profileKey && !isId(profileKey)) {
		problems.push(
			`The profile key is longer than ${LONGEST_ID} characters or has control characters in it`,
		);
	}
	if (problems.length > before || !identity) return undefined;
	const denied = ['denylisted', 'blocklisted', 'blacklisted'].some(
		(name) => field(fields, name) === true,
	);
	return {
		appId,
		platform: platform as Platform,
		token,
		identity,
		denylisted: denied,
		...(profileKey ? { profileKey } : {}),
		...(at === undefined ? {} : { at }),
	};
}

/** What is wrong with a token; undefined when nothing is. */
export function problemOfToken(token: string, platform: unknown): string | undefined {
	if (token === '') return 'is missing';
	if (token.length > LONGEST_TOKEN) return `is longer than ${LONGEST_TOKEN} characters`;
	// They would end up in a header or a path.
	if (/\s/.test(token) || NO_TEXT.test(token)) return 'holds spaces or control characters';
	if (platform !== 'fcm' && !APNS_TOKEN.test(token)) {
		return 'is none of APNs: it has to be the hexadecimal digits of the device token';
	}
	return undefined;
}

function detailsOf(event: Json): unknown[] | undefined {
	const holders = [event, objectOf(event.data), objectOf(event.xdm), objectOf(event.profile)];
	for (const holder of holders) {
		const details = field(holder, 'pushNotificationDetails');
		if (Array.isArray(details)) return details;
		if (objectOf(details)) return [details];
	}
	return field(event, 'token') === undefined ? undefined : [event];
}

const isId = (id: string) => id !== '' && id.length <= LONGEST_ID && !NO_TEXT.test(id);

function identityOf(value: unknown): DeviceIdentity | undefined {
	const identity = objectOf(value);
	const id = text(field(identity, 'id') ?? (typeof value === 'string' ? value : undefined));
	if (!isId(id)) return undefined;
	const namespace = field(identity, 'namespace');
	const code = typeof namespace === 'string' ? namespace : field(objectOf(namespace), 'code');
	const named = text(code) || ECID;
	return isId(named) ? { namespace: named, id } : undefined;
}

/** When the device sent it. */
function timeOf(event: Json): number | undefined {
	const written = event.timestamp ?? objectOf(event.xdm)?.timestamp;
	const at = typeof written === 'number' ? written : Date.parse(text(written));
	return Number.isFinite(at) && at > 0 ? at : undefined;
}

/** A member by its name, with or without the schema's prefix. */
function field(object: Json | undefined, name: string): unknown {
	return object?.[name] ?? object?.[`xdm:${name}`];
}

const text = (value: unknown) =>
	typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';

function objectOf(value: unknown): Json | undefined {
	const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
	return isObject ? (value as Json) : undefined;
}
