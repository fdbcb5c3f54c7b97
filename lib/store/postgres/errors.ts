import { messageOf, StoreSetupError } from '../errors';
import type { PostgresSettings } from './settings';

/** What an error of `pg`, Node.js or OpenSSL has. */
interface Coded {
	code?: string;
	message?: string;
	/** Of a database error: ERROR, FATAL or PANIC. */
	severity?: string;
}

const codeOf = (error: unknown) => (error as Coded | undefined)?.code ?? '';

/** Deadlock, serialization failure, a lock that was waited for too long. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CONFLICTS = new Set(['40P01', '40001', '55P03']);

/** Whether two transactions stood in each other's way: done again, it may go well. */
export const isConflict = (error: unknown) => CONFLICTS.has(codeOf(error));

/** Shutting down, crashed, starting up, no room for a connection, a session that was ended. */
const SERVER_AWAY = new Set(['57P01', '57P02', '57P03', '57P05', '53300', '25P03', '25P04']);
const NETWORK = new Set([
	'ECONNREFUSED',
	'ECONNRESET',
	'ECONNABORTED',
	'EPIPE',
	'ETIMEDOUT',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'ENETDOWN',
	'ENOTFOUND',
	'EAI_AGAIN',
]);
const ENDED =
	/connection terminated|connection ended|client has encountered a connection error|query read timeout|timeout exceeded when trying to connect|connection timeout|not queryable|server closed the connection/i;

/** Whether the server or the way to it is gone: it may come back. */
export function isDisconnection(error: unknown): boolean {
	const code = codeOf(error);
	if (SERVER_AWAY.has(code) || NETWORK.has(code) || /^08/.test(code)) return true;
	return (error as Coded | undefined)?.severity === undefined && ENDED.test(messageOf(error));
}

type Place = Pick<PostgresSettings, 'host' | 'port' | 'database' | 'user' | 'schema' | 'ssl'>;

/**
 * Says what is wrong with a connection, and the mend. Never the password.
 * @param error of connecting, or of the first statements
 */
export function connectionProblem(error: unknown, settings: PostgresSettings): StoreSetupError {
	if (error instanceof StoreSetupError) return error;
	const message = scrub(messageOf(error), settings.password);
	const [code, text] = tlsProblem(error, message, settings) ??
		refusal(error, message, settings) ??
		networkProblem(error, settings) ?? [
			'UNREACHABLE' as const,
			`The PostgreSQL server at ${settings.host}:${settings.port} cannot be used: ${message}.`,
		];
	return new StoreSetupError(code, text);
}

type Told = readonly [code: StoreSetupError['code'], text: string];

function networkProblem(error: unknown, { host, port }: Place): Told | undefined {
	const code = codeOf(error);
	const at = `${host}:${port}`;
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
		return ['UNREACHABLE', `The host "${host}" cannot be found. See Host in the credential.`];
	}
	if (code === 'ECONNREFUSED') {
		return [
			'UNREACHABLE',
			`Nothing takes connections at ${at}: PostgreSQL is not running there, or listens elsewhere. See Host and Port in the credential.`,
		];
	}
	if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ENETDOWN') {
		return ['UNREACHABLE', `There is no way to ${at} from here. See Host and the network.`];
	}
	if (code === 'ETIMEDOUT' || /timeout/i.test(messageOf(error))) {
		return [
			'UNREACHABLE',
			`${at} does not answer. See Host and Port in the credential, and whether a firewall is in between.`,
		];
	}
	if (code === '57P03') return ['UNREACHABLE', `PostgreSQL at ${at} is starting up or stopping.`];
	if (code === '53300') {
		return [
			'UNREACHABLE',
			`PostgreSQL at ${at} has no connection left. Lower Maximum Connections in the credential, or raise max_connections of the server.`,
		];
	}
	if (isDisconnection(error)) {
		return [
			'UNREACHABLE',
			`${at} has broken the connection off. See that it is PostgreSQL that listens there.`,
		];
	}
	return undefined;
}

function refusal(error: unknown, message: string, place: Place): Told | undefined {
	const { database, user, schema, ssl } = place;
	switch (codeOf(error)) {
		case '28P01':
			return ['REFUSED', `PostgreSQL refuses the password of the user "${user}".`];
		case '28000':
			if (/no pg_hba\.conf entry/i.test(message)) {
				const wantsTls = ssl === 'off' && /no encryption|SSL off/i.test(message);
				return wantsTls
					? [
							'TLS',
							`PostgreSQL lets the user "${user}" in only over TLS, or not from here (pg_hba.conf): ${message}. Set SSL to Require or Verify Full in the credential.`,
						]
					: [
							'REFUSED',
							`PostgreSQL does not let the user "${user}" into the database "${database}" from here (pg_hba.conf): ${message}.`,
						];
			}
			return ['REFUSED', `PostgreSQL refuses the user "${user}": ${message}.`];
		case '3D000':
			return ['REFUSED', `There is no database "${database}" on this server.`];
		case '3F000':
			return ['RIGHTS', `There is no schema "${schema}" in the database "${database}".`];
		case '42501':
			return [
				'RIGHTS',
				`The user "${user}" lacks rights in the database "${database}": ${message}. The user must be the owner of the schema "${schema}", or may create it: grant create on database "${database}" to "${user}".`,
			];
		case '25006':
			return [
				'RIGHTS',
				'This PostgreSQL server is read-only, such as a standby is. Give the host of the primary server in the credential.',
			];
		default:
			return /client password must be a string|SASL/i.test(message)
				? ['REFUSED', `PostgreSQL wants a password for the user "${user}".`]
				: undefined;
	}
}

function tlsProblem(error: unknown, message: string, { host, ssl }: Place): Told | undefined {
	if (/does not support SSL/i.test(message)) {
		return [
			'TLS',
			'This PostgreSQL server does not speak TLS. Switch it on there, or set SSL to Off in the credential.',
		];
	}
	const code = codeOf(error);
	if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
		return [
			'TLS',
			`The certificate of the server is not for the host "${host}": ${message}. Give the host by the name that stands in the certificate.`,
		];
	}
	if (code === 'CERT_HAS_EXPIRED') return ['TLS', 'The certificate of the server has expired.'];
	if (/SELF_SIGNED|UNABLE_TO|CERT_/.test(code) && ssl === 'verify-full') {
		return [
			'TLS',
			`Nobody that is trusted here has signed the certificate of the server (${message}). Put the certificate of its authority into CA Certificate in the credential.`,
		];
	}
	if (/^ERR_(SSL|TLS|OSSL)|^EPROTO/.test(code) || /certificate required|alert/i.test(message)) {
		return [
			'TLS',
			`TLS with the server failed: ${message}. See SSL, and the client certificate and key in the credential.`,
		];
	}
	return undefined;
}

/** Takes the password out of a text. */
export function scrub(text: string, password: string): string {
	if (password === '') return text;
	return [password, encodeURIComponent(password), Buffer.from(password).toString('base64')].reduce(
		(clean, secret) => clean.replaceAll(secret, '***'),
		text,
	);
}
