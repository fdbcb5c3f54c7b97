/** Where header blocks are written to. */
export interface OctetWriter {
	/**
	 * A number in the form of HPACK (RFC 7541, 5.1).
	 * @param pattern the bits before it
	 * @param mask the bits of the first octet that are its own
	 */
	integer(pattern: number, mask: number, value: number): void;
	/** A string with its length before it. */
	string(text: string): void;
}
