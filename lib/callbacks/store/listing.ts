import { sql, type RawBuilder } from 'kysely';
import type { StoreDialect, Unit } from '../../store/unit';
import type { Filter, ListQuery, SortKey } from '../listQuery';

/** Which rows a list is about; joined by AND. */
export type Conditions = RawBuilder<unknown>[];

/** A page of a list, and how many there are in all. */
export interface Page<Row> {
	rows: Row[];
	total: number;
}

/**
 * Reads a page of a table.
 */
export async function listPage<Row>(
	unit: Unit,
	table: string,
	base: Conditions,
	query: Pick<ListQuery, 'filters' | 'sort' | 'page'>,
): Promise<Page<Row>> {
	const { filters, sort, page } = query;
	const conditions = [...base, ...filters.map((one) => conditionOf(unit.dialect, one))];
	const where = sql.join(conditions.length > 0 ? conditions : [sql`1 = 1`], sql` and `);
	const from = sql.table(table);
	const { rows } = await sql<Row>`select * from ${from} where ${where} order by ${orderOf(sort)}
		limit ${page.size} offset ${(page.number - 1) * page.size}`.execute(unit.db);
	const counted = await sql<{ total: number | string }>`select count(*) as total from ${from}
		where ${where}`.execute(unit.db);
	return { rows, total: Number(counted.rows[0].total) };
}

function conditionOf(
	dialect: StoreDialect,
	{ attribute, operator, values }: Filter,
): RawBuilder<unknown> {
	const column = sql.ref(attribute);
	const any = (one: (value: string) => RawBuilder<unknown>) =>
		sql`(${sql.join(values.map(one), sql` or `)})`;
	switch (operator) {
		case 'EQ':
			return sql`${column} in (${sql.join(values)})`;
		case 'NOT':
			return sql`${column} not in (${sql.join(values)})`;
		case 'LT':
			return sql`${column} < ${values[0]}`;
		case 'GT':
			return sql`${column} > ${values[0]}`;
		case 'BETWEEN':
			return sql`${column} between ${values[0]} and ${values[1]}`;
		case 'CONTAINS':
			return any((value) => dialect.like(column, `%${escaped(value)}%`));
	}
}

const escaped = (text: string) => text.replace(/[!%_]/g, '!$&');

/** The oldest first unless asked otherwise; the id makes pages hang together. */
function orderOf(sort: readonly SortKey[]): RawBuilder<unknown> {
	const keys = sort.length > 0 ? sort : [{ attribute: 'created_at', descending: false }];
	const parts = keys.map(({ attribute, descending }) =>
		descending ? sql`${sql.ref(attribute)} desc` : sql`${sql.ref(attribute)}`,
	);
	const last = keys.every(({ descending }) => descending) ? sql`id desc` : sql`id`;
	return sql.join([...parts, last]);
}
