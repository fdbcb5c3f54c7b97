import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A delivery as the store of an n8n has it. */
export interface StoredDelivery {
	id: string;
	status: string;
	reason: string | null;
	attempt: number;
	settled: 0 | 1;
}

/** Reads the embedded store of an n8n from outside, without touching it. */
export function readStore(userFolder: string): StoredDelivery[] {
	const path = join(userFolder, '.n8n', 'postback', 'deliveries.sqlite');
	if (!existsSync(path)) return [];
	const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
	try {
		return database
			.prepare(
				`select id, status, reason, attempt, settled_at is not null as settled
					from deliveries where test = 0 order by no`,
			)
			.all() as unknown as StoredDelivery[];
	} finally {
		database.close();
	}
}
