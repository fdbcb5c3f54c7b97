import { DatabaseSync } from 'node:sqlite';

/** The receiver that stands in the fixture. */
const RECEIVER = 'http://127.0.0.1:65432';

const TIMES = {
	deliveries: ['due_at', 'created_at', 'expires_at', 'last_attempt_at', 'settled_at'],
	attempts: ['started_at'],
	leases: ['until'],
	lanes: ['next_due_at', 'ready_at', 'claimed_at'],
	deduplication: ['expires_at'],
};

/**
 * Makes a store file of the first version.
 * @param dump the text of firstStore.sql
 * @param receiver where its deliveries go
 * @param now epoch milliseconds; the store was just left then
 */
export function writeFirstStore(path: string, dump: string, receiver: string, now: number): void {
	const database = new DatabaseSync(path);
	try {
		database.exec(dump.replaceAll(RECEIVER, receiver));
		const latest = database.prepare(LATEST).get() as unknown as Latest;
		database.exec(shiftTimes(latest, now));
	} finally {
		database.close();
	}
}

/**
 * Makes a store of the first version in a database of PostgreSQL, in the schema `postback`.
 * @param query runs statements in that database
 * @param dump the text of firstPostgresStore.sql
 */
export async function writeFirstPostgresStore(
	query: (text: string) => Promise<unknown[]>,
	dump: string,
	receiver: string,
	now: number,
): Promise<void> {
	await query(dump.replaceAll(RECEIVER, receiver));
	const here = 'set search_path = postback;';
	const [latest] = (await query(here + LATEST)) as Latest[];
	await query(here + shiftTimes(latest, now));
}

interface Latest {
	at: number | string;
}

const LATEST = 'select max(created_at) as at from deliveries';

/** Statements that let the last delivery be stored just now. */
function shiftTimes({ at }: Latest, now: number): string {
	const shift = Math.floor(now - Number(at));
	const changes = Object.entries(TIMES).map(([table, columns]) => {
		const set = columns.map((column) => `${column} = ${column} + ${shift}`).join(', ');
		return `update ${table} set ${set};`;
	});
	return changes.join('\n');
}
