import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What the tests look at of a stored delivery. */
export interface StoredRow {
	id: string;
	name: string;
	url: string;
	status: string;
	reason: string | null;
	attempt: number;
	claims: number;
	line: string | null;
	test: number;
	settled_at: number | null;
	lease: string | null;
}

/** Reads the embedded store of an n8n from outside, as a test may; a node never does. */
export const stored = {
	async rows(userFolder: string): Promise<StoredRow[]> {
		const path = join(userFolder, '.n8n', 'postback', 'deliveries.sqlite');
		const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
		try {
			return database
				.prepare(
					`select id, name, (select request->>'url' from requests where delivery_no = no) as url, status, reason, attempt, claims, line, test,
						settled_at, lease from deliveries order by no`,
				)
				.all() as unknown as StoredRow[];
		} finally {
			database.close();
		}
	},

	/** Waits until the rows fulfil a condition and gives them. */
	async waitFor(
		userFolder: string,
		done: (rows: StoredRow[]) => boolean,
		timeoutMs = 30_000,
	): Promise<StoredRow[]> {
		const end = Date.now() + timeoutMs;
		for (;;) {
			const rows = await this.rows(userFolder).catch((): StoredRow[] => []);
			if (done(rows)) return rows;
			if (Date.now() > end)
				throw new Error(
					`The store did not come to it: ${JSON.stringify(rows.slice(-20), null, 1)}`,
				);
			await new Promise((resolve) => setTimeout(resolve, 150));
		}
	},
};
