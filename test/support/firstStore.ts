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
		const latest = database.prepare('select max(created_at) as at from deliveries').get();
		const shift = Math.floor(now - Number(latest?.at));
		for (const [table, columns] of Object.entries(TIMES)) {
			const set = columns.map((column) => `${column} = ${column} + ${shift}`).join(', ');
			database.exec(`update ${table} set ${set}`);
		}
	} finally {
		database.close();
	}
}
