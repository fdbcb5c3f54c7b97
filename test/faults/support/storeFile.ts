import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Stored } from './reconcile.ts';

/** The folder of the embedded store of an n8n. */
export const storeFolder = (userFolder: string) => join(userFolder, '.n8n', 'postback');

/** The file of the embedded store of an n8n. */
export const storeFile = (userFolder: string) => join(storeFolder(userFolder), 'deliveries.sqlite');

/** What an embedded store says of its messages, from outside. */
export function readStoreFile(path: string): Stored[] {
	if (!existsSync(path)) return [];
	const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
	try {
		const rows = database.prepare(STORED).all() as unknown as StoredRow[];
		return rows.map(toStored);
	} finally {
		database.close();
	}
}

export interface StoredRow {
	id: string;
	status: string;
	reason: string | null;
	settled_at: number | string | null;
	request: string;
}

/** The same in both databases. */
export const STORED = `select id, status, reason, settled_at, request from deliveries
	join requests on delivery_no = no where test = 0 order by no`;

export function toStored({ id, status, reason, settled_at, request }: StoredRow): Stored {
	const { url } = JSON.parse(request) as { url: string };
	const message = Number(new URL(url).searchParams.get('n'));
	return { id, message, status, reason, settled: settled_at !== null };
}
