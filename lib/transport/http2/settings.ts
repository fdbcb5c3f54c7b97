import {
	ErrorCode,
	FRAME_SIZE,
	Http2Error,
	INITIAL_WINDOW,
	LONGEST_FRAME_SIZE,
	Setting,
	WIDEST_WINDOW,
} from './protocol';
import { TABLE_SIZE } from './hpack/staticTable';

const SETTING_LENGTH = 6;

/** What the server takes, as far as it matters to a client. */
export interface PeerSettings {
	headerTableSize: number;
	/** The smallest that the last frame said, before it said another. */
	leastHeaderTableSize: number;
	maxConcurrentStreams: number;
	initialWindowSize: number;
}

/** What holds before the server has said anything (RFC 9113, 6.5.2). */
export function defaultSettings(): PeerSettings {
	return {
		headerTableSize: TABLE_SIZE,
		leastHeaderTableSize: TABLE_SIZE,
		maxConcurrentStreams: Infinity,
		initialWindowSize: INITIAL_WINDOW,
	};
}

/**
 * Reads a SETTINGS frame's payload into what held before.
 * @throws Http2Error
 */
export function readSettings(
	bytes: Buffer,
	start: number,
	end: number,
	settings: PeerSettings,
): void {
	if ((end - start) % SETTING_LENGTH !== 0) {
		throw new Http2Error(ErrorCode.FRAME_SIZE_ERROR, 'settings that are cut off');
	}
	settings.leastHeaderTableSize = settings.headerTableSize;
	for (let at = start; at < end; at += SETTING_LENGTH) {
		read(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2), settings);
	}
}

function read(id: number, value: number, settings: PeerSettings): void {
	const refuse = (code: number, what: string) => {
		throw new Http2Error(code, `the setting ${what} is ${value}`);
	};
	switch (id) {
		case Setting.HEADER_TABLE_SIZE:
			settings.headerTableSize = value;
			settings.leastHeaderTableSize = Math.min(settings.leastHeaderTableSize, value);
			return;
		case Setting.ENABLE_PUSH:
			if (value !== 0) refuse(ErrorCode.PROTOCOL_ERROR, 'ENABLE_PUSH of a server');
			return;
		case Setting.MAX_CONCURRENT_STREAMS:
			settings.maxConcurrentStreams = value;
			return;
		case Setting.INITIAL_WINDOW_SIZE:
			if (value > WIDEST_WINDOW) refuse(ErrorCode.FLOW_CONTROL_ERROR, 'INITIAL_WINDOW_SIZE');
			settings.initialWindowSize = value;
			return;
		case Setting.MAX_FRAME_SIZE:
			// Longer frames than every peer takes are never sent, so that there is nothing to note.
			if (value < FRAME_SIZE || value > LONGEST_FRAME_SIZE) {
				refuse(ErrorCode.PROTOCOL_ERROR, 'MAX_FRAME_SIZE');
			}
	}
}

/** One setting as it stands in a frame. */
export function settingBytes(id: number, value: number): Buffer {
	const bytes = Buffer.alloc(SETTING_LENGTH);
	bytes.writeUInt16BE(id, 0);
	bytes.writeUInt32BE(value, 2);
	return bytes;
}
