import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A secret that is to be found nowhere. */
export interface Mark {
	/** What it is, for a message. */
	name: string;
	value: string;
}

/** Where something was found. */
export interface Find {
	mark: string;
	form: string;
	where: string;
}

/** The forms in which a secret may stand somewhere, by name. */
export function formsOf(value: string): Map<string, string> {
	const json = JSON.stringify(value).slice(1, -1);
	const forms = new Map([
		['as it is', value],
		['JSON', json],
		['JSON within JSON', JSON.stringify(json).slice(1, -1)],
		['URL-encoded', encodeURIComponent(value)],
		['as a form has it', new URLSearchParams([['', value]]).toString().slice(1)],
		['hexadecimal', Buffer.from(value).toString('hex')],
	]);
	for (const before of [0, 1, 2]) {
		const padded = Buffer.from(' '.repeat(before) + value).toString('base64');
		// What it shares with its neighbours at both ends is left out.
		const own = padded.slice(before === 0 ? 0 : before + 1, -4);
		forms.set(`base64, ${before} bytes in`, own);
		forms.set(
			`base64url, ${before} bytes in`,
			own.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
		);
	}
	return forms;
}

/** A place that was searched: its name and all the text in it. */
export interface Place {
	name: string;
	text: string;
}

/** Every place where one of the marks stands, in whatever form. */
export function findMarks(places: readonly Place[], marks: readonly Mark[]): Find[] {
	const known = new Map<string, { mark: string; form: string }>();
	for (const { name: mark, value } of marks) {
		for (const [form, text] of formsOf(value)) {
			if (!known.has(text)) known.set(text, { mark, form });
		}
	}
	const escaped = [...known.keys()].map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
	// One pass for all of them: logs and executions are long.
	const pattern = new RegExp(escaped.join('|'), 'g');
	return places.flatMap(({ name, text }) =>
		[...text.matchAll(pattern)].slice(0, 20).map(({ 0: found, index }) => {
			const around = text.slice(Math.max(0, index - 200), index + 80);
			return { ...known.get(found)!, where: `${name}: …${around}…` };
		}),
	);
}

/** Every cell of every table of a SQLite file, but for these tables and columns. */
export function cellsOf(file: string, except: readonly string[] = []): Place[] {
	const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
	try {
		const tables = database
			.prepare("select name from sqlite_master where type = 'table'")
			.all() as Array<{ name: string }>;
		return tables.map(({ name }) => {
			const rows = database.prepare(`select * from "${name}"`).all() as Array<
				Record<string, unknown>
			>;
			const text = rows
				.flatMap((row) => Object.entries(row))
				.filter(([column]) => !except.includes(`${name}.${column}`))
				.map(([, value]) => (value instanceof Uint8Array ? latin(value) : String(value)))
				.join('\n');
			return { name: `${file} › ${name}`, text };
		});
	} finally {
		database.close();
	}
}

/** Every file below a folder, byte for byte. */
export function filesBelow(folder: string, isMeant: (path: string) => boolean): Place[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { recursive: true, withFileTypes: false })
		.map((name) => join(folder, String(name)))
		.filter((path) => isMeant(path) && statSync(path).isFile())
		.map((path) => ({ name: path, text: latin(readFileSync(path)) }));
}

/** ASCII stays itself, and nothing is lost. */
const latin = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
