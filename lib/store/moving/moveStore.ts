import { existsSync } from 'node:fs';
import { Kysely, type Migration } from 'kysely';
import type { Clock, Random } from '../../clock';
import { StoreSetupError } from '../errors';
import { openEmbeddedStore, type EmbeddedStoreOptions } from '../openEmbedded';
import { hasOwner } from '../ownership';
import { connectionProblem } from '../postgres/errors';
import { connected, preparePostgres } from '../postgres/prepare';
import { assertSettings, clientConfig, type PostgresSettings } from '../postgres/settings';
import type { StoreSchema } from '../schema';
import { SqliteHostDialect } from '../sqliteDialect';
import { SqliteThread } from '../sqliteThread';
import { pagesOf, sourceTables, type SourceTable } from './embeddedSource';
import { readMoveMark, removeMoveMark, writeMoveMark, type MoveMark } from './moveMark';
import { PostgresTarget } from './postgresTarget';
import { isSame, TableSum, type TableDigest } from './tableDigest';

export interface MoveOptions {
	/** The file of the embedded store. */
	path: string;
	settings: PostgresSettings;
	clock: Clock;
	random: Random;
	newId: () => string;
	process: EmbeddedStoreOptions['process'];
	/** In the order of their names. */
	migrations: Record<string, Migration>;
	/** Opens the file; undefined: in a thread of its own. */
	openFile?: EmbeddedStoreOptions['openFile'];
	/** Hears of each table as it is there. */
	onTable?: (name: string, digest: TableDigest) => void;
}

export interface Moved {
	/** `already`: an earlier run had moved it. */
	outcome: 'moved' | 'already';
	/** Over all tables. */
	rows: number;
}

type Db = Kysely<StoreSchema>;

const APPLICATION = 'n8n-nodes-postback move';

/**
 * Moves an embedded store into PostgreSQL: all of it in one transaction there, with the counts and digests of
 * every table read back before it ends. The file stays as it is but for a mark, with which no n8n opens it any
 * more. May be run again whatever became of the run before.
 * @throws StoreSetupError when n8n has the file open, when the other store is in use, or when one of them
 * cannot be used as it is
 */
export async function moveStore(options: MoveOptions): Promise<Moved> {
	const { settings, path } = options;
	assertSettings(settings);
	if (!existsSync(path)) {
		throw new StoreSetupError('UNREADABLE', `There is no delivery store ${path}.`);
	}
	return await withSource(options, async (db) => {
		const before = await readMoveMark(db);
		const mark = before ?? (await beginMove(options, db));
		const progress: Progress = { isCommitting: false };
		try {
			const moved = await copy(options, db, mark, progress);
			await writeMoveMark(db, { ...mark, state: 'done' });
			return moved;
		} catch (error) {
			// From the commit on, only a further run can tell whether it was done.
			if (!before && !progress.isCommitting) await removeMoveMark(db);
			throw connectionProblem(error, settings);
		}
	});
}

/**
 * Takes a move back that did not come to its end, so that n8n opens the file again.
 * @throws StoreSetupError when the store was moved
 */
export async function cancelMove(options: MoveOptions): Promise<void> {
	await withSource(options, async (db) => {
		const mark = await readMoveMark(db);
		if (mark && (mark.state === 'done' || (await isCommitted(options, mark)))) {
			throw new StoreSetupError('MOVED', 'This delivery store was moved already.');
		}
		await removeMoveMark(db);
	});
}

interface Progress {
	/** The copy may be there for good, whether or not we hear of it. */
	isCommitting: boolean;
}

/** Brings the file up to date, then opens it as nobody else may meanwhile. */
async function withSource<T>(options: MoveOptions, job: (db: Db) => Promise<T>): Promise<T> {
	const { path, openFile, ...means } = options;
	const events = { onDeadLettersGoing: () => undefined, onError: () => undefined };
	const store = await openEmbeddedStore({ ...means, path, openFile, events, evenIfMoved: true });
	await store.close();
	const host = await (openFile ?? (async (file: string) => await SqliteThread.open(file)))(path);
	const db = new Kysely<StoreSchema>({ dialect: new SqliteHostDialect(host) });
	try {
		return await job(db);
	} finally {
		await db.destroy();
	}
}

async function beginMove({ newId, clock }: MoveOptions, db: Db): Promise<MoveMark> {
	const mark: MoveMark = { id: newId(), state: 'begun', at: clock.now() };
	await db.transaction().execute(async (trx) => {
		await assertUnowned(trx);
		await writeMoveMark(trx, mark);
	});
	return mark;
}

async function assertUnowned(db: Db): Promise<void> {
	if (!(await hasOwner(db))) return;
	throw new StoreSetupError(
		'OWNED',
		'n8n has just opened this delivery store. Stop n8n and try again.',
	);
}

async function copy(
	options: MoveOptions,
	db: Db,
	mark: MoveMark,
	progress: Progress,
): Promise<Moved> {
	const { settings, migrations } = options;
	const config = { ...clientConfig(settings, APPLICATION), query_timeout: 0 };
	await preparePostgres(config, settings, migrations);
	// Everything is read in one transaction, in which nobody else writes.
	return await db.transaction().execute(async (source) => {
		const tables = await sourceTables(source);
		return await connected(config, async (connection): Promise<Moved> => {
			const target = new PostgresTarget(connection, settings.schema);
			await target.begin(tables);
			const from = await target.movedFrom();
			if (from === mark.id) return { outcome: 'already', rows: 0 };
			if (from !== undefined) throw otherMove(settings.schema);
			await target.assertUnused(tables);
			let rows = 0;
			for (const table of tables) rows += await copyTable(options, source, target, table);
			await target.noteMove(mark.id);
			progress.isCommitting = true;
			await target.commit();
			return { outcome: 'moved', rows };
		});
	});
}

function otherMove(schema: string): StoreSetupError {
	return new StoreSetupError(
		'IN_USE',
		`Another delivery store was moved into the schema "${schema}" already. Give another schema.`,
	);
}

async function isCommitted({ settings }: MoveOptions, { id }: MoveMark): Promise<boolean> {
	return await connected(clientConfig(settings, APPLICATION), async (connection) => {
		const target = new PostgresTarget(connection, settings.schema);
		return (await target.movedFrom()) === id;
	});
}

/**
 * Copies a table and reads it back.
 * @throws StoreSetupError `UNREADABLE` when something else was read than written
 */
async function copyTable(
	{ onTable }: MoveOptions,
	source: Db,
	target: PostgresTarget,
	table: SourceTable,
): Promise<number> {
	const types = await target.typesOf(table);
	const written = new TableSum();
	for await (const rows of pagesOf(source, table)) {
		for (const row of rows) written.add(row);
		await target.insert(table, types, rows);
	}
	await target.setCounter(table);
	const found = await target.digestOf(table);
	if (!isSame(written.result, found)) {
		throw new StoreSetupError(
			'UNREADABLE',
			`The table "${table.name}" was read back with ${found.rows} rows of other content than the ${written.result.rows} that were written. Nothing was moved.`,
		);
	}
	onTable?.(table.name, found);
	return found.rows;
}
