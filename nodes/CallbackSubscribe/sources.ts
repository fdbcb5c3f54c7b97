import type { AuditEventDocument, ReadAuditEvent } from '../../lib/callbacks/auditEvent';
import type { SkippedCallback } from '../../lib/callbacks/match';
import type { MessageShape } from '../../lib/callbacks/deliveries';
import type { CallbackResource } from '../../lib/callbacks/jsonApi';
import type { ListOptions } from '../../lib/callbacks/reactor/pages';
import type { ListQuery } from '../../lib/callbacks/reactor/query';
import type { Delivery } from '../../lib/delivery/delivery';

/** What is to be written of a callback. */
export interface CallbackValues {
	url?: string;
	subscriptions?: string[];
	/** JSONata; empty removes it. Not Adobe's. */
	condition?: string;
	/** It is to be sent to again. Not Adobe's. */
	enable?: boolean;
	/** It is to get a signing secret, or another one. Not Adobe's. */
	newSecret?: boolean;
}

/** A callback, and what is told of it besides, some of it only once. */
export interface CallbackWritten {
	callback: CallbackResource;
	meta?: Record<string, unknown>;
}

export interface MatchChoices {
	/** Who gets an event that belongs to no property. */
	withoutProperty: 'nobody' | 'everyone';
	shape: MessageShape;
	/** Nothing is kept, and the deliveries are marked. */
	test: boolean;
}

/** The messages that an event makes. */
export interface Matched {
	deliveries: Delivery[];
	skipped: readonly SkippedCallback[];
}

/** Where callbacks are: the operations of the node ask alike, whichever it is. */
export interface CallbackSource {
	list(propertyId: string, query: ListQuery, options: ListOptions): Promise<CallbackResource[]>;
	get(callbackId: string): Promise<CallbackResource>;
	create(propertyId: string, values: CallbackValues): Promise<CallbackWritten>;
	update(callbackId: string, values: CallbackValues): Promise<CallbackWritten>;
	delete(callbackId: string): Promise<void>;
	listEvents(query: ListQuery, options: ListOptions): Promise<AuditEventDocument[]>;
	/** One delivery for each callback that an event is for. */
	match(event: ReadAuditEvent, choices: MatchChoices): Promise<Matched>;
	/** Properties to pick from, by a part of their name. */
	properties(name: string): Promise<{ id: string; name: string }[]>;
	/** Where its links lead, for documents that are made here. */
	baseUrl(): Promise<string>;
}

/** The attributes that are written, as every service takes them. */
export function attributesOf({ url, subscriptions, condition, enable }: CallbackValues) {
	return {
		...(url === undefined ? {} : { url }),
		...(subscriptions === undefined ? {} : { subscriptions }),
		...(condition === undefined ? {} : { condition: condition === '' ? null : condition }),
		...(enable ? { disabled_at: null } : {}),
	};
}
