import { sql } from 'kysely';
import { toStoredDelivery, type DeliveryRow, type StoredDelivery } from './rows';
import { inPortions, later, type Unit } from './unit';

/** A delivery's request, {@link DeliveryRequest} as JSON. */
export interface StoredRequest {
	no: number;
	request: string;
}

const COLUMNS = { no: 'bigint', request: 'text' } as const;

/*
 * They lie apart from their deliveries: claiming and settling write a delivery's row anew, and a body of
 * some kilobytes would be written with it every time.
 */

/** Stores the requests of deliveries; what a delivery had before is replaced. */
export async function storeRequests(unit: Unit, requests: readonly StoredRequest[]): Promise<void> {
	await inPortions(
		unit,
		requests,
		async (portion) =>
			await later(
				unit,
				sql`insert into requests (delivery_no, request) select no, request
				from ${unit.dialect.rows(portion as readonly (StoredRequest & Row)[], COLUMNS)} as r where true
				on conflict (delivery_no) do update set request = excluded.request`,
			),
	);
}

type Row = Record<keyof typeof COLUMNS, string | number>;

/** The requests of deliveries, by their numbers. */
export async function requestsOf(
	unit: Unit,
	numbers: readonly number[],
): Promise<Map<number, string>> {
	if (numbers.length === 0) return new Map();
	const { rows } = await sql<StoredRequest>`select delivery_no as no, request from requests
		where delivery_no in ${unit.dialect.list(numbers)}`.execute(unit.db);
	return new Map(rows.map(({ no, request }) => [Number(no), request]));
}

/** The requests of deliveries, by their ids. */
export async function requestsById(
	unit: Unit,
	ids: readonly string[],
): Promise<Map<string, string>> {
	const { rows } = await sql<{ id: string; request: string }>`select id, request
		from deliveries join requests on delivery_no = no
		where id in ${unit.dialect.list(ids)}`.execute(unit.db);
	return new Map(rows.map(({ id, request }) => [id, request]));
}

/** Rows as deliveries, with their requests. */
export async function withRequests(
	unit: Unit,
	rows: readonly DeliveryRow[],
): Promise<StoredDelivery[]> {
	const requests = await requestsOf(
		unit,
		rows.map((row) => row.no),
	);
	return rows.map((row) => toStoredDelivery(row, requests.get(row.no) as string));
}
