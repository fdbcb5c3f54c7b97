import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Undo = () => Promise<unknown> | void;

const undos: Undo[] = [];

/** Does something once the benches are over, whether they succeeded or not; the last comes first. */
export function atEnd(undo: Undo): void {
	undos.push(undo);
}

/** A folder that goes when the benches are over. */
export function temporaryFolder(name: string): string {
	const folder = mkdtempSync(join(tmpdir(), `postback-bench-${name}-`));
	atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
	return folder;
}

/** Undoes everything that was noted with {@link atEnd}. */
export async function cleanUp(): Promise<void> {
	for (let undo = undos.pop(); undo; undo = undos.pop()) {
		try {
			await undo();
		} catch (error) {
			console.error(error);
		}
	}
}
