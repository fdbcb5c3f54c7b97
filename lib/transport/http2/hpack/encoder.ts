import type { OctetWriter } from '../octetWriter';
import { sizeOf, STATIC_TABLE, TABLE_SIZE } from './staticTable';

/**
 * What of a field the other side is told to remember (RFC 7541, 6.2): name and value; the name, so that it
 * need not be repeated; nothing; or nothing by anybody on the way, which is for secrets (7.1.3).
 */
export type Indexing = 'field' | 'name' | 'nothing' | 'never';

/** What numbers and lengths of a field take at most, and those before the first field. */
const MOST_OVERHEAD = 16;
/** What takes a larger part of the table would push out too much else. */
const LARGEST_PART = 4;

/**
 * The octets that a block takes at most.
 * @param fields names and values in turn
 */
export function longestBlock(fields: readonly string[]): number {
	let most = MOST_OVERHEAD;
	for (const text of fields) most += text.length + MOST_OVERHEAD / 2;
	return most;
}

/** A name in use, with the values of it that need not be repeated. */
interface KnownName {
	name: string;
	indexing: Indexing;
	/** Its number in the static table, or 0. */
	fixed: number;
	/** When a field with it was last remembered, or 0. */
	newest: number;
	/** When each was remembered, counted from 1; those in the static table by their number, negative. */
	values: Map<string, number>;
}

interface Remembered {
	known: KnownName;
	value: string;
	size: number;
}

/**
 * Writes the header blocks of one connection (RFC 7541). Strings stand as they are: Huffman's code, which is
 * the encoder's choice, would take longer than the octets that it saves.
 */
export class HpackEncoder {
	private readonly names = new Map<string, KnownName>();
	/** The dynamic table, the oldest first; what stands before `first` is gone. */
	private entries: Remembered[] = [];
	private first = 0;
	private inserted = 0;
	private size = 0;
	private most = TABLE_SIZE;
	/** The smallest size since the last block, and whether it is to be told. */
	private smallest = Infinity;
	private isResized = false;

	/** @param indexing by name; every other field is remembered whole */
	constructor(indexing: Readonly<Record<string, Indexing>> = {}) {
		for (const [at, [name, value]] of STATIC_TABLE.entries()) {
			const known = this.names.get(name) ?? this.learn(name, indexing[name]);
			if (known.fixed === 0) known.fixed = at + 1;
			if (value !== '') known.values.set(value, -(at + 1));
		}
		for (const [name, how] of Object.entries(indexing)) {
			if (!this.names.has(name)) this.learn(name, how);
		}
	}

	/** The other side remembers no more than this (SETTINGS_HEADER_TABLE_SIZE). */
	resize(allowed: number): void {
		const most = Math.min(allowed, TABLE_SIZE);
		if (most === this.most) return;
		this.most = most;
		this.smallest = Math.min(this.smallest, most);
		this.isResized = true;
		this.shrinkTo(most);
	}

	/** Begins a block. */
	begin(out: OctetWriter): void {
		if (!this.isResized) return;
		// Both the smallest and the last are told (RFC 7541, 4.2).
		if (this.smallest < this.most) out.integer(0x20, 0x1f, this.smallest);
		out.integer(0x20, 0x1f, this.most);
		this.smallest = Infinity;
		this.isResized = false;
	}

	/** Writes a field. @param name in lower case. Characters are octets, up to U+00FF. */
	field(out: OctetWriter, name: string, value: string): void {
		const known = this.names.get(name) ?? this.learn(name);
		const { indexing } = known;
		if (indexing === 'field') {
			const at = known.values.get(value);
			if (at !== undefined) {
				out.integer(0x80, 0x7f, at < 0 ? -at : this.indexOf(at));
				return;
			}
		}
		const index = this.indexOfName(known);
		const remember = indexing === 'field' || (indexing === 'name' && index === 0);
		if (remember && sizeOf(name, value) * LARGEST_PART <= this.most) {
			this.literal(out, 0x40, 0x3f, index, known.name, value);
			this.remember(known, value);
		} else {
			this.literal(out, indexing === 'never' ? 0x10 : 0, 0x0f, index, known.name, value);
			this.forgetUnused(known);
		}
	}

	private literal(
		out: OctetWriter,
		pattern: number,
		mask: number,
		index: number,
		name: string,
		value: string,
	): void {
		out.integer(pattern, mask, index);
		if (index === 0) out.string(name);
		out.string(value);
	}

	private indexOf(insertion: number): number {
		return STATIC_TABLE.length + 1 + this.inserted - insertion;
	}

	private indexOfName({ fixed, newest }: KnownName): number {
		if (fixed > 0) return fixed;
		return newest === 0 ? 0 : this.indexOf(newest);
	}

	private learn(name: string, indexing: Indexing = 'field'): KnownName {
		const known: KnownName = { name, indexing, fixed: 0, newest: 0, values: new Map() };
		this.names.set(name, known);
		return known;
	}

	/** Names that callers make up must not gather. */
	private forgetUnused({ name, indexing, fixed, newest }: KnownName): void {
		if (fixed === 0 && newest === 0 && indexing === 'field') this.names.delete(name);
	}

	private remember(known: KnownName, value: string): void {
		const size = sizeOf(known.name, value);
		this.shrinkTo(this.most - size);
		this.entries.push({ known, value, size });
		this.size += size;
		this.inserted++;
		known.newest = this.inserted;
		known.values.set(value, this.inserted);
		// It may have been forgotten just now, when its other value went.
		this.names.set(known.name, known);
	}

	private shrinkTo(size: number): void {
		while (this.size > size) {
			const oldest = this.entries[this.first];
			const insertion = this.inserted - (this.entries.length - this.first) + 1;
			this.first++;
			this.size -= oldest.size;
			const { known, value } = oldest;
			if (known.values.get(value) === insertion) known.values.delete(value);
			if (known.newest === insertion) known.newest = 0;
			this.forgetUnused(known);
		}
		if (this.first > 64 && this.first * 2 > this.entries.length) {
			this.entries = this.entries.slice(this.first);
			this.first = 0;
		}
	}
}
