import type { FieldSink } from './hpack/decoder';
import { sizeOf } from './hpack/staticTable';

/** As RFC 9113, 6.5.2 counts; what is longer is read over, since the table of both sides goes on. */
export const LONGEST_HEAD = 16_384;

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALUE = /^(?![ \t])[\t\x20-\x7e\x80-\xff]*(?<![ \t])$/;
/** Of a connection in HTTP/1.1, which has no place here (RFC 9113, 8.2.2). */
const OF_CONNECTION: ReadonlySet<string> = new Set([
	'connection',
	'keep-alive',
	'proxy-connection',
	'transfer-encoding',
	'upgrade',
]);
const STATUS = /^[1-9][0-9]{2}$/;
const LENGTH = /^[0-9]{1,15}$/;

/**
 * @param fields of a request: names, in lower case, and values in turn (RFC 9113, 8.2.1)
 * @throws TypeError for one that no request can have
 */
export function assertSendable(fields: readonly string[]): void {
	for (let at = 0; at < fields.length; at += 2) {
		const name = fields[at];
		if (VALUE.test(fields[at + 1]) && (name.startsWith(':') || NAME.test(name))) continue;
		throw new TypeError(`the header "${name}" has characters that no header can have`);
	}
}

/** Gathers the fields of one header block of an answer, and judges them (RFC 9113, 8.2 and 8.3.2). */
export class AnswerFields implements FieldSink {
	/** Names and values in turn, without those that begin with a colon. */
	list: string[] = [];
	/** 0 where there is none. */
	status = 0;
	/** -1 where it is not said. */
	contentLength = -1;
	isMalformed = false;
	private size = 0;

	get isTooLarge(): boolean {
		return this.size > LONGEST_HEAD;
	}

	/** Makes it ready for the next block. */
	clear(): void {
		if (this.list.length > 0) this.list = [];
		this.status = 0;
		this.contentLength = -1;
		this.isMalformed = false;
		this.size = 0;
	}

	field(name: string, value: string): void {
		this.size += sizeOf(name, value);
		if (this.isTooLarge || this.isMalformed) return;
		if (name === ':status') {
			const isFirst = this.status === 0 && this.list.length === 0;
			if (isFirst && STATUS.test(value)) this.status = Number(value);
			else this.isMalformed = true;
			return;
		}
		if (!NAME.test(name) || !VALUE.test(value) || OF_CONNECTION.has(name)) {
			this.isMalformed = true;
			return;
		}
		if (name === 'content-length') this.readLength(value);
		this.list.push(name, value);
	}

	private readLength(value: string): void {
		const length = LENGTH.test(value) ? Number(value) : -1;
		const isOther = this.contentLength >= 0 && this.contentLength !== length;
		if (length < 0 || isOther) this.isMalformed = true;
		this.contentLength = length;
	}
}
