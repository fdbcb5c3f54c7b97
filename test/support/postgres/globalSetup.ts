import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FOLDER } from './folder';

/** A folder for the PostgreSQL server of this run, which whoever needs it first starts. */
export default function setUp(): void {
	process.env[FOLDER] = mkdtempSync(join(tmpdir(), 'postback-postgres-'));
	process.env[`${FOLDER}_OWNER`] = String(process.pid);
}
