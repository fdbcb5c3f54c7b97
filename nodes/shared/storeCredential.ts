import type { PostgresSettings, SslMode } from '../../lib/store/postgres/settings';
import { DEFAULT_RETENTION, type Retention } from '../../lib/store/retention';

/** The fields of a Delivery Store credential, as they may come. */
export interface StoreCredential {
	database?: string;
	host?: string;
	port?: number;
	databaseName?: string;
	user?: string;
	password?: string;
	schema?: string;
	ssl?: string;
	authorities?: string;
	chain?: string;
	privateKey?: string;
	maxConnections?: number;
	maxSizeMb?: number;
	deliveredDays?: number;
	deadDays?: number;
	digestBodies?: boolean;
}

/** The store as its credential describes it. */
export interface StoreSettings {
	/** Intake answers 503 from this size on; undefined: no limit. */
	maxBytes?: number;
	/** Keep only a digest of a body once it is delivered. */
	digestBodies: boolean;
	retention: Retention;
}

const DAY = 24 * 3600_000;

export function readSettings(credential: StoreCredential): StoreSettings {
	const days = (value: number | undefined, otherwise: number) =>
		value === undefined || !(value > 0) ? otherwise : value * DAY;
	return {
		...(credential.maxSizeMb ? { maxBytes: credential.maxSizeMb * 1024 * 1024 } : {}),
		digestBodies: credential.digestBodies === true,
		retention: {
			deliveredMs: days(credential.deliveredDays, DEFAULT_RETENTION.deliveredMs),
			deadMs: days(credential.deadDays, DEFAULT_RETENTION.deadMs),
			warnMs: DEFAULT_RETENTION.warnMs,
		},
	};
}

/** Where the PostgreSQL store of a credential is; undefined for the embedded one. */
export function postgresOf(credential: StoreCredential): PostgresSettings | undefined {
	if (credential.database !== 'postgres') return undefined;
	const { host = '', port, databaseName = '', user = '', password = '', schema } = credential;
	const ssl = (credential.ssl ?? 'off') as SslMode;
	const pem = (text: string | undefined) => (text?.trim() ? withLines(text.trim()) : undefined);
	const { authorities, chain, privateKey } = credential;
	const [ca, certificate, key] = [authorities, chain, privateKey].map(pem);
	return {
		host: host.trim(),
		port: Number(port ?? 5432),
		database: databaseName.trim(),
		user: user.trim(),
		password,
		schema: schema?.trim() || 'postback',
		ssl,
		maxConnections: Number(credential.maxConnections ?? 10),
		...(ca === undefined || ssl === 'off' ? {} : { ca }),
		...(certificate === undefined || ssl === 'off' ? {} : { certificate }),
		...(key === undefined || ssl === 'off' ? {} : { key }),
	};
}

/** A field of one line turns the ends of lines into spaces, or keeps them as they are written in JSON. */
const withLines = (pem: string) =>
	pem.includes('\n')
		? pem
		: pem
				.replaceAll('\\n', '\n')
				.replace(
					/(-----BEGIN [A-Z0-9 ]+-----)(.*?)(-----END [A-Z0-9 ]+-----)/gs,
					(_, head, body, end) => [head, ...String(body).trim().split(/\s+/), end].join('\n'),
				);
