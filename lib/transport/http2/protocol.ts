/** Frame types (RFC 9113, 6). */
export const FrameType = {
	DATA: 0,
	HEADERS: 1,
	PRIORITY: 2,
	RST_STREAM: 3,
	SETTINGS: 4,
	PUSH_PROMISE: 5,
	PING: 6,
	GOAWAY: 7,
	WINDOW_UPDATE: 8,
	CONTINUATION: 9,
} as const;

/** Flags of frames; what each means depends on the type. */
export const Flag = {
	END_STREAM: 0x1,
	ACK: 0x1,
	END_HEADERS: 0x4,
	PADDED: 0x8,
	PRIORITY: 0x20,
} as const;

/** RFC 9113, 6.5.2. */
export const Setting = {
	HEADER_TABLE_SIZE: 1,
	ENABLE_PUSH: 2,
	MAX_CONCURRENT_STREAMS: 3,
	INITIAL_WINDOW_SIZE: 4,
	MAX_FRAME_SIZE: 5,
	MAX_HEADER_LIST_SIZE: 6,
} as const;

/** Error codes (RFC 9113, 7). */
export const ErrorCode = {
	NO_ERROR: 0,
	PROTOCOL_ERROR: 1,
	INTERNAL_ERROR: 2,
	FLOW_CONTROL_ERROR: 3,
	SETTINGS_TIMEOUT: 4,
	STREAM_CLOSED: 5,
	FRAME_SIZE_ERROR: 6,
	REFUSED_STREAM: 7,
	CANCEL: 8,
	COMPRESSION_ERROR: 9,
	CONNECT_ERROR: 10,
	ENHANCE_YOUR_CALM: 11,
	INADEQUATE_SECURITY: 12,
	HTTP_1_1_REQUIRED: 13,
} as const;

const NAMES = new Map<number, string>(
	Object.entries(ErrorCode).map(([name, code]) => [code, name]),
);

/** The name of an error code, for messages; a code that nobody has defined is told as it is. */
export function errorName(code: number): string {
	return NAMES.get(code) ?? `error ${code}`;
}

/** What a client says first (RFC 9113, 3.4). */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export const FRAME_HEAD = 9;
/** The longest payload that either side takes unless it says otherwise; we neither say so nor send longer. */
export const FRAME_SIZE = 16_384;
export const LONGEST_FRAME_SIZE = 0xff_ffff;
export const INITIAL_WINDOW = 65_535;
export const WIDEST_WINDOW = 0x7fff_ffff;
export const LAST_STREAM_ID = 0x7fff_ffff;

/** The peer breaks the protocol in a way that ends the connection (RFC 9113, 5.4.1). */
export class Http2Error extends Error {
	override readonly name = 'Http2Error';
	/** As {@link networkErrors} knows it. */
	readonly code = 'INVALID_RESPONSE';

	/** @param detail what it did, for people */
	constructor(
		readonly errorCode: number,
		detail: string,
	) {
		super(`HTTP/2 ${errorName(errorCode)}: ${detail}`);
	}
}

/** It says something that may not be said there. */
export function protocolError(detail: string): Http2Error {
	return new Http2Error(ErrorCode.PROTOCOL_ERROR, detail);
}
