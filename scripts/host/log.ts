import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import type { Readable } from 'node:stream';

const KEPT_CHARACTERS = 4_000_000;

/** What a process printed: all of it in a file, the newest part in memory. */
export class Log {
	private text = '';
	private readonly stream: WriteStream;
	readonly file: string;

	constructor(file: string) {
		this.file = file;
		this.stream = createWriteStream(file, { flags: 'a' });
	}

	/** Takes in everything that comes out of a stream. */
	follow(output: Readable): void {
		output.setEncoding('utf8');
		output.on('data', (chunk: string) => {
			this.text = (this.text + chunk).slice(-KEPT_CHARACTERS);
			this.stream.write(chunk);
		});
	}

	/** What was printed, over all starts. */
	read(): string {
		return this.text;
	}

	/** The last lines, for an error message. */
	tail(lines = 40): string {
		return this.text.trimEnd().split('\n').slice(-lines).join('\n');
	}
}
