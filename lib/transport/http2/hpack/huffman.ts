/**
 * The Huffman code of HPACK (RFC 7541, appendix B). It is canonical: codes of the same length follow one
 * another in the order of their octets, and longer ones after shorter ones, so that the lengths say it all.
 */
const LENGTHS: readonly number[] = [
	...[13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
	...[28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
	...[6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
	...[5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
	...[13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
	...[7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
	...[15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
	...[6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
	...[20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
	...[24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
	...[22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
	...[21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
	...[26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
	...[19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
	...[20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
	...[26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
];
const SHORTEST = 5;
const EOS = 256;
const EOS_LENGTH = 30;

/** Octets, or EOS, with their codes, most significant bit first. */
function codes(): { symbol: number; code: number; length: number }[] {
	const all = [...LENGTHS, EOS_LENGTH].map((length, symbol) => ({ symbol, code: 0, length }));
	all.sort((a, b) => a.length - b.length || a.symbol - b.symbol);
	let next = 0;
	let before = all[0].length;
	for (const one of all) {
		next *= 2 ** (one.length - before);
		before = one.length;
		one.code = next++;
	}
	return all;
}

const NIBBLES = 16;
/** Entries of the table: the state after four bits, whether that is a place to end, and the octet made. */
const EMITS = 0x1_0000;
const FAILS = 0x2_0000;
const STATE_SHIFT = 18;

interface Node {
	children: [Node | undefined, Node | undefined];
	symbol: number;
	state: number;
	/** What leads here is the beginning of EOS, shorter than an octet: it may end here (5.2). */
	mayEnd: boolean;
}

/** States are the inner nodes of the code's tree, of which a table tells where each four bits lead. */
function build(): { table: Int32Array; mayEnd: Uint8Array } {
	const states: Node[] = [];
	const node = (symbol = -1): Node => {
		const made: Node = { children: [undefined, undefined], symbol, state: -1, mayEnd: false };
		if (symbol < 0) made.state = states.push(made) - 1;
		return made;
	};
	const root = node();
	for (const { symbol, code, length } of codes()) {
		let at = root;
		for (let bit = length - 1; bit >= 0; bit--) {
			const way = (code >>> bit) & 1;
			at = at.children[way] ??= bit === 0 ? node(symbol) : node();
		}
	}
	let padding: Node | undefined = root;
	for (let depth = 0; depth < 8 && padding; depth++) {
		padding.mayEnd = true;
		padding = padding.children[1];
	}
	const table = new Int32Array(states.length * NIBBLES);
	for (const { state } of states) {
		for (let nibble = 0; nibble < NIBBLES; nibble++) {
			table[state * NIBBLES + nibble] = step(states[state], nibble, root);
		}
	}
	return { table, mayEnd: Uint8Array.from(states, (one) => Number(one.mayEnd)) };
}

/** No code is shorter than five bits, so four make one octet at most. */
function step(from: Node, nibble: number, root: Node): number {
	let at = from;
	let emitted = 0;
	for (let bit = 3; bit >= 0; bit--) {
		const next = at.children[(nibble >>> bit) & 1];
		// The code is complete, so every way leads on.
		at = next as Node;
		if (at.symbol === EOS) return FAILS;
		if (at.symbol >= 0) {
			emitted = EMITS | at.symbol;
			at = root;
		}
	}
	return (at.state << STATE_SHIFT) | emitted;
}

const { table: TABLE, mayEnd: MAY_END } = build();

/** How long a string can become at most. */
export function longestDecoded(length: number): number {
	return Math.floor((length * 8) / SHORTEST);
}

/**
 * Decodes a string.
 * @param into has room for {@link longestDecoded}
 * @returns how many octets it is, or -1 where it is none: it holds EOS, or is padded with anything but
 * the beginning of EOS, or with a whole octet of it (RFC 7541, 5.2)
 */
export function decodeHuffman(from: Uint8Array, start: number, end: number, into: Buffer): number {
	let state = 0;
	let made = 0;
	for (let at = start; at < end; at++) {
		const octet = from[at];
		for (let shift = 4; shift >= 0; shift -= 4) {
			const entry = TABLE[state * NIBBLES + ((octet >>> shift) & 0xf)];
			if (entry & FAILS) return -1;
			if (entry & EMITS) into[made++] = entry & 0xff;
			state = entry >>> STATE_SHIFT;
		}
	}
	return MAY_END[state] === 1 ? made : -1;
}
