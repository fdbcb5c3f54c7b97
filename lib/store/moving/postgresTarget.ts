import type { PostgresConnection } from '../postgres/dialect';
import { StoreSetupError } from '../errors';
import type { SourceTable, Value } from './embeddedSource';
import { TableSum, type TableDigest } from './tableDigest';

const KEY = 'moved_from';
const PAGE = 1_000;
/** Which nodes have a part in which queue, and what their line-ups look like: made anew at every start. */
const MADE_ANEW = ['queues', 'queue_members', 'lanes', 'endpoints'];

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** The store in PostgreSQL that another is moved into, within one transaction. */
export class PostgresTarget {
	constructor(
		private readonly connection: PostgresConnection,
		private readonly schema: string,
	) {}

	/** Begins; nobody else writes to the store's tables from now on. */
	async begin(tables: readonly SourceTable[]): Promise<void> {
		await this.connection.query('begin');
		await this.connection.query(`set local search_path = ${quoted(this.schema)}`);
		const names = ['meta', ...tables.map(({ name }) => name)].map(quoted).join(', ');
		await this.connection.query(`lock table ${names} in share row exclusive mode`);
	}

	async commit(): Promise<void> {
		await this.connection.query('commit');
	}

	/** The move that filled this store; undefined when none did, or when there is no store. */
	async movedFrom(): Promise<string | undefined> {
		const meta = `${quoted(this.schema)}.meta`;
		const there = await this.connection.query('select to_regclass($1) is not null as there', [
			meta,
		]);
		if (!(there.rows[0] as { there: boolean }).there) return undefined;
		const { rows } = await this.connection.query(`select value from ${meta} where key = $1`, [KEY]);
		return (rows[0] as { value: string } | undefined)?.value;
	}

	async noteMove(id: string): Promise<void> {
		await this.connection.query('insert into meta (key, value) values ($1, $2)', [KEY, id]);
	}

	/**
	 * Refuses a store that has content of its own.
	 * @throws StoreSetupError `IN_USE`
	 */
	async assertUnused(tables: readonly SourceTable[]): Promise<void> {
		for (const { name } of tables) {
			if (MADE_ANEW.includes(name)) {
				await this.connection.query(`delete from ${quoted(name)}`);
				continue;
			}
			const { rows } = await this.connection.query(`select 1 from ${quoted(name)} limit 1`);
			if (rows.length === 0) continue;
			throw new StoreSetupError(
				'IN_USE',
				`The delivery store in the schema "${this.schema}" is in use already: there are rows in "${name}". Give another schema, which is made when it is missing, or an empty one.`,
			);
		}
	}

	/**
	 * The types of a table's columns, by their names.
	 * @throws StoreSetupError `NEWER_SCHEMA` when the tables do not have the same columns
	 */
	async typesOf({ name, columns }: SourceTable): Promise<string[]> {
		const { rows } = await this.connection.query(
			`select column_name as name, data_type as type from information_schema.columns
			where table_schema = $1 and table_name = $2 order by column_name collate "C"`,
			[this.schema, name],
		);
		const found = rows as { name: string; type: string }[];
		if (JSON.stringify(found.map((column) => column.name)) === JSON.stringify(columns)) {
			return found.map(({ type }) => type);
		}
		throw new StoreSetupError(
			'NEWER_SCHEMA',
			`The table "${name}" does not have the same columns in both stores. Were both made by this version of the package?`,
		);
	}

	async insert(table: SourceTable, types: readonly string[], rows: Value[][]): Promise<void> {
		const columns = table.columns.map(quoted).join(', ');
		const lists = types.map((type, at) => `$${at + 1}::${type}[]`).join(', ');
		const values = table.columns.map((_, at) => rows.map((row) => row[at]));
		await this.connection.query(
			`insert into ${quoted(table.name)} (${columns}) select * from unnest(${lists})`,
			values,
		);
	}

	/** Goes on counting where the embedded store stood. */
	async setCounter({ name, counter }: SourceTable): Promise<void> {
		if (!counter) return;
		await this.connection.query('select setval(pg_get_serial_sequence($1, $2), $3::bigint)', [
			`${quoted(this.schema)}.${quoted(name)}`,
			counter.column,
			Math.max(1, counter.last),
		]);
	}

	/** Reads back what stands in a table now. */
	async digestOf({ name, columns }: SourceTable): Promise<TableDigest> {
		const sum = new TableSum();
		const selected = columns.map(quoted).join(', ');
		await this.connection.query(
			`declare read_back no scroll cursor for select ${selected} from ${quoted(name)}`,
		);
		for (;;) {
			const { rows } = await this.connection.query(`fetch ${PAGE} from read_back`);
			if (rows.length === 0) break;
			for (const row of rows as Record<string, Value>[]) sum.add(columns.map((one) => row[one]));
		}
		await this.connection.query('close read_back');
		return sum.result;
	}
}
