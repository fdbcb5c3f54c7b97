/** One frame as it goes over the wire. Written apart from what it tests. */
export interface Frame {
	type: number;
	flags: number;
	stream: number;
	payload: Buffer;
}

export const DATA = 0;
export const HEADERS = 1;
export const PRIORITY = 2;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PUSH_PROMISE = 5;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;
export const PADDED = 8;
export const WITH_PRIORITY = 32;

/** Octets in hexadecimal, with spaces as one likes. */
export const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

export function frame(
	type: number,
	flags: number,
	stream: number,
	payload: Buffer | string = '',
): Buffer {
	const bytes = Buffer.from(payload);
	const head = Buffer.alloc(9);
	head.writeUIntBE(bytes.length, 0, 3);
	head[3] = type;
	head[4] = flags;
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, bytes]);
}

export function uint32(...values: number[]): Buffer {
	const bytes = Buffer.alloc(values.length * 4);
	values.forEach((value, at) => bytes.writeUInt32BE(value >>> 0, at * 4));
	return bytes;
}

/** @param pairs numbers of settings and their values */
export function settings(...pairs: [number, number][]): Buffer {
	const each = pairs.map(([id, value]) => Buffer.concat([Buffer.from([0, id]), uint32(value)]));
	return frame(SETTINGS, 0, 0, Buffer.concat(each));
}

/** A literal that nobody is to remember. */
export function field(name: string, value: string): Buffer {
	const part = (text: string) => {
		if (text.length < 127) return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
		const rest = text.length - 127;
		const octets = [127, (rest & 127) | 128, ((rest >> 7) & 127) | 128, rest >> 14];
		return Buffer.concat([Buffer.from(octets), Buffer.from(text, 'latin1')]);
	};
	return Buffer.concat([Buffer.from([0]), part(name), part(value)]);
}

/** `:status: 200`. */
export const STATUS_200 = Buffer.from([0x88]);
/** `:status: 400`. */
export const STATUS_400 = Buffer.from([0x8c]);

/** A whole answer without a body. */
export const answer200 = (stream: number) =>
	frame(HEADERS, END_HEADERS | END_STREAM, stream, STATUS_200);

/** Takes frames apart. @returns them, and what is left */
export function framesOf(bytes: Buffer): { frames: Frame[]; rest: Buffer } {
	const frames: Frame[] = [];
	let at = 0;
	while (bytes.length - at >= 9) {
		const end = at + 9 + bytes.readUIntBE(at, 3);
		if (end > bytes.length) break;
		const stream = bytes.readUInt32BE(at + 5);
		const payload = Buffer.from(bytes.subarray(at + 9, end));
		frames.push({ type: bytes[at + 3], flags: bytes[at + 4], stream, payload });
		at = end;
	}
	return { frames, rest: bytes.subarray(at) };
}
