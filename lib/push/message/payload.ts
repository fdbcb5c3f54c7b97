import { MessageError } from './message';

/** Both providers' limit, and that of VoIP notifications of APNs. */
export const MOST_BYTES = 4_096;
const MOST_VOIP_BYTES = 5_120;

/**
 * Refuses what is too long for a provider, before it is sent.
 * @throws MessageError that tells the size
 */
export function checkSize(provider: 'APNs' | 'FCM', bytes: number, pushType?: string): void {
	const most = pushType === 'voip' ? MOST_VOIP_BYTES : MOST_BYTES;
	if (bytes <= most) return;
	throw new MessageError(
		`The payload has ${bytes.toLocaleString('en-US')} bytes, and ${provider} takes ${most.toLocaleString('en-US')}; shorten Body or Custom Data`,
	);
}

/** An object without what is undefined, in the order given. */
export function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
	const kept: Record<string, unknown> = {};
	for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
	return kept;
}
