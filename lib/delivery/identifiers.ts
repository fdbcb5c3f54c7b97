import { randomFillSync } from 'node:crypto';

/** For so many ids at once: a fetch costs more than all else of an id. */
const pool = Buffer.alloc(16 * 256);
let used = pool.length;

const bytes = Buffer.alloc(16);
let msecs = 0;
let seq = 0;

/**
 * A new delivery id: `msg_` and a UUIDv7 as 32 hexadecimal digits (RFC 9562). Ids of one process
 * sort in the order in which they were made, even within a millisecond or when the clock is set back.
 */
export function newDeliveryId(): string {
	const random = nextRandom();
	const now = Date.now();
	if (now > msecs) {
		msecs = now;
		// The half that is left is room to count up.
		seq = random.readUInt32BE(6) >>> 1;
	} else {
		seq = (seq + 1) >>> 0;
		if (seq === 0) msecs++;
	}
	random.copy(bytes);
	bytes.writeUIntBE(msecs, 0, 6);
	// Version 7 and the first 12 bits of the count, the variant and the next 14, the last 6.
	bytes.writeUInt16BE(0x7000 | (seq >>> 20), 6);
	bytes.writeUInt16BE(0x8000 | ((seq >>> 6) & 0x3fff), 8);
	bytes[10] = ((seq << 2) & 0xfc) | (random[10] & 0x03);
	return `msg_${bytes.toString('hex')}`;
}

function nextRandom(): Buffer {
	if (used === pool.length) {
		randomFillSync(pool);
		used = 0;
	}
	return pool.subarray(used, (used += 16));
}
