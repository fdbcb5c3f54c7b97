import {
	DataTypeNode,
	Kysely,
	PostgresAdapter,
	PostgresIntrospector,
	PostgresQueryCompiler,
	RawNode,
	type ColumnDefinitionNode,
	type CompiledQuery,
	type DatabaseConnection,
	type Dialect,
	type Driver,
	type QueryResult,
} from 'kysely';
import type { ClientBase, QueryResult as Answer } from 'pg';
import type { StoreSchema } from '../schema';
import { toParameter } from './values';

/** One connection. Its statements run in the order in which they are asked for. */
export class PostgresConnection implements DatabaseConnection {
	private last: Promise<unknown> = Promise.resolve();
	/** The store's tables through this connection. */
	readonly db: Kysely<StoreSchema>;

	constructor(private readonly client: ClientBase) {
		this.db = new Kysely<StoreSchema>({ dialect: new OneConnectionDialect(this) });
	}

	/** Statements without parameters may be several; the answer is the last one's. */
	async query(text: string, parameters: readonly unknown[] = []): Promise<Answer> {
		const answer = this.last.then(async () => {
			// Unnamed: a prepared statement would not be there behind a pooling proxy.
			const given = await (parameters.length === 0
				? this.client.query(text)
				: this.client.query(text, parameters.map(toParameter)));
			return Array.isArray(given) ? (given.at(-1) as Answer) : given;
		});
		this.last = answer.catch(() => undefined);
		return await answer;
	}

	async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
		const { command, rows, rowCount } = await this.query(sql, parameters);
		const changes = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE';
		return {
			rows: rows as R[],
			...(changes ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}),
		};
	}

	streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
		throw new Error('The delivery store reads in pages, not in streams');
	}
}

/** Whoever has the connection begins and ends its transactions. */
class OneConnectionDriver implements Driver {
	constructor(private readonly connection: PostgresConnection) {}

	async init(): Promise<void> {}

	async acquireConnection(): Promise<DatabaseConnection> {
		return this.connection;
	}

	async releaseConnection(): Promise<void> {}

	async beginTransaction(): Promise<void> {
		throw new Error('The transaction is under way already');
	}

	async commitTransaction(): Promise<void> {}

	async rollbackTransaction(): Promise<void> {}

	async destroy(): Promise<void> {}
}

/**
 * Makes columns as SQLite has them: numbers of 64 bits, texts that are compared byte by byte, whatever the
 * language of the database. So one set of migrations and queries serves both.
 */
class StoreQueryCompiler extends PostgresQueryCompiler {
	protected override visitColumnDefinition(node: ColumnDefinitionNode): void {
		super.visitColumnDefinition({
			...node,
			autoIncrement: false,
			dataType: node.autoIncrement ? DataTypeNode.create('bigserial') : columnTypeOf(node),
		});
	}
}

function columnTypeOf({ dataType: type }: ColumnDefinitionNode): ColumnDefinitionNode['dataType'] {
	if (!DataTypeNode.is(type)) return type;
	if (type.dataType === 'integer') return DataTypeNode.create('bigint');
	return type.dataType === 'text' ? RawNode.createWithSql('text collate "C"') : type;
}

class OneConnectionDialect implements Dialect {
	constructor(private readonly connection: PostgresConnection) {}

	createDriver(): Driver {
		return new OneConnectionDriver(this.connection);
	}

	createQueryCompiler(): PostgresQueryCompiler {
		return new StoreQueryCompiler();
	}

	createAdapter(): PostgresAdapter {
		return new PostgresAdapter();
	}

	createIntrospector(db: Kysely<unknown>): PostgresIntrospector {
		return new PostgresIntrospector(db);
	}
}
