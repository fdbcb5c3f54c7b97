import { createHash } from 'node:crypto';
import type { DeliveryRequest } from './delivery';

/** A request with a digest in place of its body, which can be compared but not sent again. */
export function bodyDigest(
	request: DeliveryRequest,
): Omit<DeliveryRequest, 'body'> & { bodyDigest: string } {
	const { body, ...rest } = request;
	const digest = createHash('sha256')
		.update(body ?? '')
		.digest('base64');
	return { ...rest, bodyDigest: `sha-256=:${digest}:` };
}
