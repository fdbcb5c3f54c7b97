import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'callbacks.key';
const KEY_BYTES = 32;

/** Where the materials of the keys for callbacks' secrets come from. */
export interface KeySources {
	/** n8n's own encryption key, where it was given to the process. All processes of one n8n have the same. */
	encryptionKey?: string;
	/** The folder of the embedded store. */
	folder: string;
	/** Gives so many bytes. */
	randomBytes: (count: number) => Buffer;
}

/**
 * The materials of the keys, the one to seal with first: n8n's encryption key, else that of a key file
 * beside the store, which is made when it is first needed. A file that is there still opens what it sealed
 * before n8n was given a key.
 * @throws what the file system throws
 */
export function loadKeyMaterials({ encryptionKey, folder, randomBytes }: KeySources): string[] {
	const path = join(folder, NAME);
	const inFile = read(path);
	if (encryptionKey) return inFile === undefined ? [encryptionKey] : [encryptionKey, inFile];
	return [inFile ?? make(path, randomBytes)];
}

function read(path: string): string | undefined {
	try {
		const text = readFileSync(path, 'utf8').trim();
		if (text !== '') return text;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw error;
	}
	throw new Error(`The key file ${path} is empty: put it back from a backup, or remove it`);
}

/** A link appears whole or not at all, so that of two processes that start at once both have one key. */
function make(path: string, randomBytes: (count: number) => Buffer): string {
	const own = `${path}.${randomBytes(8).toString('hex')}`;
	writeFileSync(own, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
	try {
		linkSync(own, path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
	} finally {
		unlinkSync(own);
	}
	return read(path) as string;
}
