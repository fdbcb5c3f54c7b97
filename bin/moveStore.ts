#!/usr/bin/env node
/**
 * Moves the embedded delivery store of an n8n that is stopped into PostgreSQL:
 *
 *   PGPASSWORD=… node dist/bin/moveStore.js --host db.example --database n8n --user n8n
 *
 * May be run again. `--help` lists the options.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock } from '../lib/clock';
import { embeddedStorePath } from '../lib/store/location';
import { cancelMove, moveStore, type MoveOptions } from '../lib/store/moving/moveStore';
import { SSL_MODES, type SslMode } from '../lib/store/postgres/settings';
import { storeMigrations } from '../nodes/shared/storeMigrations';
import { isAlive } from '../nodes/shared/processes';

const HELP = `Moves the embedded delivery store of n8n into PostgreSQL. Stop n8n first.

  --host NAME        of the PostgreSQL server
  --port NUMBER      5432 unless given
  --database NAME
  --user NAME        the password is taken from the variable PGPASSWORD
  --schema NAME      postback unless given; made when it is missing
  --ssl MODE         off (unless given), require or verify-full
  --ca FILE          the authority that has signed the server's certificate, PEM
  --certificate FILE, --key FILE
                     with which this client says who it is, PEM
  --file PATH        the store; unless given that of N8N_USER_FOLDER, else of the home folder
  --cancel           takes back a move that did not come to its end
`;

const { values } = parseArgs({
	options: {
		host: { type: 'string', default: '' },
		port: { type: 'string', default: '5432' },
		database: { type: 'string', default: '' },
		user: { type: 'string', default: '' },
		schema: { type: 'string', default: 'postback' },
		ssl: { type: 'string', default: 'off' },
		ca: { type: 'string' },
		certificate: { type: 'string' },
		key: { type: 'string' },
		file: { type: 'string' },
		cancel: { type: 'boolean', default: false },
		help: { type: 'boolean', default: false },
	},
});

const contentOf = (file: string | undefined) =>
	file === undefined ? undefined : readFileSync(file, 'utf8');

function optionsOf(): MoveOptions {
	const { host, port, database, user, schema, ssl, file } = values;
	if (!(SSL_MODES as readonly string[]).includes(ssl)) {
		throw new Error(`--ssl must be one of ${SSL_MODES.join(', ')}, not "${ssl}"`);
	}
	const [ca, certificate, key] = [values.ca, values.certificate, values.key].map(contentOf);
	return {
		path: file ?? embeddedStorePath({ env: process.env, argv: process.argv, cwd: process.cwd() }),
		settings: {
			host,
			port: Number(port),
			database,
			user,
			password: process.env.PGPASSWORD ?? '',
			schema,
			ssl: ssl as SslMode,
			maxConnections: 2,
			...(ca === undefined ? {} : { ca }),
			...(certificate === undefined ? {} : { certificate }),
			...(key === undefined ? {} : { key }),
		},
		clock: systemClock,
		random: Math.random,
		newId: randomUUID,
		process: { pid: process.pid, host: hostname(), isAlive },
		migrations: storeMigrations,
		onTable: (name, { rows, digest }) =>
			process.stdout.write(`${name.padEnd(28)} ${String(rows).padStart(9)} rows  ${digest}\n`),
	};
}

async function main(): Promise<void> {
	if (values.help) {
		process.stdout.write(HELP);
		return;
	}
	const options = optionsOf();
	if (values.cancel) {
		await cancelMove(options);
		process.stdout.write('The move is taken back; n8n may open the file again.\n');
		return;
	}
	const { outcome, rows } = await moveStore(options);
	process.stdout.write(
		outcome === 'moved'
			? `${rows} rows are in PostgreSQL, read back and the same. Now choose the credential with PostgreSQL in every node, then start n8n.\n`
			: 'An earlier run has moved this store; nothing was to be done.\n',
	);
}

main().catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
});
