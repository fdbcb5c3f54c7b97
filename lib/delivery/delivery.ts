/**
 * The delivery: one message for one endpoint, as it travels between nodes in an item's `json`
 * and as the store keeps it (design, contracts).
 */
export const DELIVERY_KINDS = ['postback', 'callback', 'profile', 'push'] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

export const DELIVERY_STATUSES = ['pending', 'delivered', 'retrying', 'dead'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** What is to be sent. Never holds a secret: credentials are applied at sending. */
export interface DeliveryRequest {
	method: string;
	url: string;
	headers: Record<string, string>;
	/** The exact text to send; absent or empty means no body. */
	body?: string;
	timeoutMs?: number;
}

export interface DeliverySource {
	/** postback, callback, destination or channel configuration. */
	type: string;
	id: string;
}

export interface DeliveryResponse {
	statusCode?: number;
	bodyExcerpt?: string;
	durationMs?: number;
}

export interface DeliveryError {
	code: string;
	message: string;
}

export interface Delivery {
	/** `msg_` and a UUIDv7; kept over all attempts and replays, sent as webhook-id. */
	id: string;
	kind: DeliveryKind;
	name: string;
	source?: DeliverySource;
	/** Profile key or device: order and supersede go by it. */
	subject?: string;
	eventId?: string;
	/** ISO 8601. */
	expiresAt?: string;
	test?: boolean;
	queue?: string;
	request: DeliveryRequest;
	/** Attempts made so far. */
	attempt: number;
	status: DeliveryStatus;
	/** ISO 8601. */
	lastAttemptAt?: string;
	/** ISO 8601. */
	nextAttemptAt?: string;
	response?: DeliveryResponse;
	error?: DeliveryError;
	reason?: string;
	/** Shows a sender that this very item was handed to it; gone once the sender has it. Not a secret. */
	lease?: string;
}

/** An n8n item's `json`, the same between all nodes. */
export interface DeliveryItem {
	delivery: Delivery;
	[key: string]: unknown;
}
