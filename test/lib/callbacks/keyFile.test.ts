import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKeyMaterials } from '../../../lib/callbacks/keyFile';
import { testFolder, type TestFolder } from '../../support/stores';

let folder: TestFolder;
beforeEach(() => (folder = testFolder()));
afterEach(() => folder.remove());

const load = (encryptionKey?: string) =>
	loadKeyMaterials({
		folder: folder.path,
		randomBytes,
		...(encryptionKey === undefined ? {} : { encryptionKey }),
	});
const file = () => join(folder.path, 'callbacks.key');

describe('the key of callbacks', () => {
	it("is n8n's own, where the process was given it, and no file is made then", () => {
		expect(load('key of n8n')).toEqual(['key of n8n']);
		expect(readdirSync(folder.path)).toEqual([]);
	});

	it('is made once otherwise, in a file that only its owner reads', () => {
		const [made, ...rest] = load();
		expect(rest).toEqual([]);
		expect(Buffer.from(made, 'base64')).toHaveLength(32);
		expect(load()).toEqual([made]);
		expect(statSync(file()).mode & 0o777).toBe(0o600);
		expect(readdirSync(folder.path)).toEqual(['callbacks.key']);
		expect(readFileSync(file(), 'utf8').trim()).toBe(made);
	});

	it('of a file still opens what it sealed before n8n was given one', () => {
		const [made] = load();
		expect(load('key of n8n')).toEqual(['key of n8n', made]);
	});

	it('is refused when its file is empty', () => {
		writeFileSync(file(), '\n');
		expect(() => load()).toThrow(/callbacks\.key is empty: put it back/);
	});
});
