import { ErrorCode, Http2Error } from '../protocol';
import { decodeHuffman, longestDecoded } from './huffman';
import { sizeOf, STATIC_TABLE, TABLE_SIZE } from './staticTable';

/** Takes the fields of a block, one after the other. Octets stand as characters up to U+00FF. */
export interface FieldSink {
	field(name: string, value: string): void;
}

/** What one of this size can hold. */
const MOST_ENTRIES = TABLE_SIZE / sizeOf('', '');
/** Beyond it no number means anything here (RFC 7541, 5.1). */
const LARGEST = 0x7f_ffff;
const SCRATCH = 4_096;

function broken(detail: string): Http2Error {
	return new Http2Error(ErrorCode.COMPRESSION_ERROR, detail);
}

/** The fields that the other side has told to remember, the newest first. */
class DynamicTable {
	private readonly names = new Array<string>(MOST_ENTRIES).fill('');
	private readonly values = new Array<string>(MOST_ENTRIES).fill('');
	private next = 0;
	private count = 0;
	private size = 0;
	private most = TABLE_SIZE;

	/** @param index from 0 */
	placeOf(index: number): number {
		if (index >= this.count) throw broken('a field that is in no table');
		return (this.next - 1 - index + MOST_ENTRIES) % MOST_ENTRIES;
	}

	nameAt(place: number): string {
		return this.names[place];
	}

	valueAt(place: number): string {
		return this.values[place];
	}

	add(name: string, value: string): void {
		const size = sizeOf(name, value);
		this.shrinkTo(Math.max(0, this.most - size));
		// One that is larger than the table leaves it empty, which is no error (4.4).
		if (size > this.most) return;
		this.names[this.next] = name;
		this.values[this.next] = value;
		this.next = (this.next + 1) % MOST_ENTRIES;
		this.count++;
		this.size += size;
	}

	resize(most: number): void {
		if (most > TABLE_SIZE) throw broken('a table larger than was allowed');
		this.most = most;
		this.shrinkTo(most);
	}

	private shrinkTo(size: number): void {
		while (this.size > size) {
			const oldest = this.placeOf(this.count - 1);
			this.size -= sizeOf(this.names[oldest], this.values[oldest]);
			this.names[oldest] = '';
			this.values[oldest] = '';
			this.count--;
		}
	}
}

/** Reads the header blocks of one connection, all of them in their order (RFC 7541). */
export class HpackDecoder {
	private readonly table = new DynamicTable();
	private block: Buffer = Buffer.alloc(0);
	private at = 0;
	private end = 0;
	private scratch = Buffer.allocUnsafeSlow(SCRATCH);

	/**
	 * Reads one whole block.
	 * @throws Http2Error after which nothing of the connection can be read any more
	 */
	decode(block: Buffer, start: number, end: number, sink: FieldSink): void {
		this.block = block;
		this.at = start;
		this.end = end;
		let isFirst = true;
		while (this.at < end) {
			const octet = block[this.at];
			if (octet & 0x80) {
				this.indexed(this.integer(0x7f), sink);
			} else if (octet & 0x40) {
				this.literal(0x3f, true, sink);
			} else if (octet & 0x20) {
				if (!isFirst) throw broken('the size of the table changed behind fields');
				this.table.resize(this.integer(0x1f));
				continue;
			} else {
				this.literal(0x0f, false, sink);
			}
			isFirst = false;
		}
	}

	private indexed(index: number, sink: FieldSink): void {
		if (index === 0) throw broken('a field without a number');
		if (index <= STATIC_TABLE.length) {
			const [name, value] = STATIC_TABLE[index - 1];
			sink.field(name, value);
			return;
		}
		const place = this.table.placeOf(index - STATIC_TABLE.length - 1);
		sink.field(this.table.nameAt(place), this.table.valueAt(place));
	}

	private literal(mask: number, remember: boolean, sink: FieldSink): void {
		const index = this.integer(mask);
		const name = index === 0 ? this.string() : this.nameOf(index);
		const value = this.string();
		if (remember) this.table.add(name, value);
		sink.field(name, value);
	}

	private nameOf(index: number): string {
		if (index <= STATIC_TABLE.length) return STATIC_TABLE[index - 1][0];
		return this.table.nameAt(this.table.placeOf(index - STATIC_TABLE.length - 1));
	}

	/** RFC 7541, 5.1. @param mask the bits of the first octet that belong to it */
	private integer(mask: number): number {
		let value = this.octet() & mask;
		if (value < mask) return value;
		for (let factor = 1; ; factor *= 0x80) {
			const octet = this.octet();
			value += (octet & 0x7f) * factor;
			// By the factor as well, since zeros could go on for ever.
			if (value > LARGEST || factor > LARGEST) throw broken('a number that is too large');
			if (octet < 0x80) return value;
		}
	}

	/** RFC 7541, 5.2. */
	private string(): string {
		const isCoded = (this.block[this.at] & 0x80) !== 0;
		const length = this.integer(0x7f);
		const start = this.at;
		if (length > this.end - start) throw broken('a string that is cut off');
		this.at += length;
		if (!isCoded) return this.block.toString('latin1', start, this.at);
		const needed = longestDecoded(length);
		const into = needed <= SCRATCH ? this.scratch : Buffer.allocUnsafe(needed);
		const made = decodeHuffman(this.block, start, this.at, into);
		if (made < 0) throw broken('a string that is no Huffman code');
		return into.toString('latin1', 0, made);
	}

	private octet(): number {
		if (this.at >= this.end) throw broken('a block that is cut off');
		return this.block[this.at++];
	}
}
