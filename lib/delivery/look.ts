import type { Delivery, DeliveryRequest } from './delivery';

/**
 * What a look before an attempt says: send it, with another request where the one it was made with no
 * longer holds (a callback that moved), or end it for a reason.
 */
export type Look = { send: true; changed?: ChangedRequest } | { send: false; reason: string };

export interface ChangedRequest {
	request: DeliveryRequest;
	/** The origin of the request's URL. */
	endpoint: string;
}

/** Asked before every attempt, the first one too. */
export type LookBefore = (delivery: Delivery) => Promise<Look> | Look;
