import type { ClientConfig } from 'pg';
import { StoreSetupError } from '../errors';
import { parserOf } from './values';

export const SSL_MODES = ['off', 'require', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** Where a PostgreSQL store is, and how to get in. */
export interface PostgresSettings {
	host: string;
	port: number;
	database: string;
	user: string;
	password: string;
	/** Where the tables are; made when missing. */
	schema: string;
	/** `require`: encrypted, whoever answers; `verify-full`: only by whom the host name belongs to. */
	ssl: SslMode;
	/** PEM. The authority that has signed the server's certificate; undefined: those that Node.js trusts. */
	ca?: string;
	/** PEM. With which the client says who it is. */
	certificate?: string;
	key?: string;
	/** Connections of this process at once, beside the one that listens. */
	maxConnections: number;
}

const CONNECT_MS = 10_000;
/** Longer than a statement may take on the server: the server is gone, or nobody between tells us. */
const SILENCE_MS = 75_000;

/**
 * Checks settings that cannot be right, whatever the server.
 * @throws StoreSetupError that names the field
 */
export function assertSettings(settings: PostgresSettings): void {
	const refuse = (message: string) => {
		throw new StoreSetupError('SETTINGS', message);
	};
	const named = { Host: settings.host, Database: settings.database, User: settings.user };
	for (const [field, value] of Object.entries(named)) {
		if (value.trim() === '') refuse(`${field} is empty in the Delivery Store credential.`);
	}
	const { port, maxConnections, schema, certificate, key } = settings;
	if (!Number.isInteger(port) || port < 1 || port > 65_535) {
		refuse('Port must be a number from 1 to 65535 in the Delivery Store credential.');
	}
	if (!Number.isInteger(maxConnections) || maxConnections < 2 || maxConnections > 1_000) {
		refuse('Maximum Connections must be a number from 2 to 1000 in the Delivery Store credential.');
	}
	if (!/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/.test(schema) || /^pg_/i.test(schema)) {
		refuse(
			'Schema must be a name of letters, digits and underscores in the Delivery Store credential, such as "postback".',
		);
	}
	if ((certificate === undefined) !== (key === undefined)) {
		refuse(
			'Client Certificate and Client Key belong together in the Delivery Store credential: fill in both or none.',
		);
	}
}

/** As `pg` wants it for one connection. */
export function clientConfig(settings: PostgresSettings, applicationName: string): ClientConfig {
	const { host, port, database, user, password } = settings;
	return {
		host,
		port,
		database,
		user,
		password,
		ssl: sslOf(settings),
		// What pg would take from the environment of the process or make up belongs to others.
		options: undefined,
		application_name: applicationName,
		connectionTimeoutMillis: CONNECT_MS,
		query_timeout: SILENCE_MS,
		keepAlive: true,
		keepAliveInitialDelayMillis: CONNECT_MS,
		types: { getTypeParser: parserOf },
	};
}

function sslOf({ ssl, ca, certificate, key }: PostgresSettings): ClientConfig['ssl'] {
	if (ssl === 'off') return false;
	return {
		rejectUnauthorized: ssl === 'verify-full',
		...(ca === undefined ? {} : { ca }),
		...(certificate === undefined ? {} : { cert: certificate, key }),
	};
}
