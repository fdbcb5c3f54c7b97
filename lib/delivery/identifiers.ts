import { v7 } from 'uuid';

const bytes = Buffer.alloc(16);

/**
 * A new delivery id: `msg_` and a UUIDv7 as 32 hexadecimal digits (RFC 9562). Ids of one process
 * sort in the order in which they were made, even within a millisecond or when the clock is set back.
 */
export function newDeliveryId(): string {
	v7(undefined, bytes);
	return `msg_${bytes.toString('hex')}`;
}
