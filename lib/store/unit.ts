import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { StoreSchema } from './schema';

/** What differs between the databases, so that one set of queries serves them. */
export interface StoreDialect {
	readonly name: 'sqlite' | 'postgres';
	/** The larger of two values that are not null. */
	greatest(a: RawBuilder<unknown>, b: RawBuilder<unknown>): RawBuilder<number>;
	/** A table expression of one row for each element of a JSON array of objects. */
	rows(json: unknown[], columns: Record<string, 'text' | 'bigint'>): RawBuilder<unknown>;
	/** Values of a JSON array of strings, for use after IN. */
	list(values: readonly (string | number)[]): RawBuilder<unknown>;
}

/** One transaction at one moment of the store's clock (epoch milliseconds). */
export interface Unit {
	readonly db: Kysely<StoreSchema>;
	readonly now: number;
	readonly dialect: StoreDialect;
}

/** SQLite: `json_each` makes one statement carry a batch. */
export const sqliteStoreDialect: StoreDialect = {
	name: 'sqlite',
	greatest: (a, b) => sql<number>`max(${a}, ${b})`,
	rows: (json, columns) => {
		const fields = Object.keys(columns).map((c) => sql.raw(`value->>'${c}' as ${c}`));
		return sql`(select ${sql.join(fields)} from json_each(${JSON.stringify(json)}))`;
	},
	list: (values) => sql`(select value from json_each(${JSON.stringify(values)}))`,
};
