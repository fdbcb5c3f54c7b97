import type { DeliveryRequest } from '../delivery/delivery';
import { endpointOf } from '../delivery/endpoint';
import { newDeliveryId } from '../delivery/identifiers';
import type { NewDelivery } from '../store/insert';
import { queueConsumer } from '../store/lines';
import { digestOf } from './digest';
import type { ProfileExport } from './exporter';
import { joinPayloads } from './payload';

/** Where and how exports are sent. */
export interface ExportRequest {
	method: string;
	/** With its query. */
	url: string;
	/** A content type among them wins over that of the payload. */
	headers: Readonly<Record<string, string>>;
	timeoutMs?: number;
}

export interface DeliverySettings {
	/** The destination's own id; the source of its deliveries. */
	destination: string;
	name: string;
	request: ExportRequest;
	queue: string;
	/** 1: a request's body is a profile; more: it is an array of so many at most. */
	profilesPerRequest: number;
	/** Exports of one profile arrive in their order. */
	order: boolean;
	/** An export that waits gives way to a newer one of its profile; only with `order`. */
	supersede: boolean;
	workflowId?: string;
	executionId?: string;
	/** UNIX milliseconds; the end of a delivery's age. */
	expiresAt?: number;
}

/** A body to be sent for a profile. */
export interface ExportBody {
	body: string;
	json: boolean;
}

/** A delivery and the exports that it carries, in the order of its members. */
export interface ExportDelivery {
	delivery: NewDelivery;
	/** The request, which the delivery holds as JSON. */
	request: DeliveryRequest;
	exports: readonly ProfileExport[];
}

// A request beyond it is sent and kept at too high a price; one profile alone may be longer.
const LONGEST_BODY = 5 * 1024 * 1024;

interface Group {
	line: string | undefined;
	members: { one: ProfileExport; body: ExportBody }[];
	length: number;
}

/**
 * Makes deliveries of exports, in an order in which they can be stored.
 *
 * Deliveries that share a line (an order key) go one after the other. A request for one profile stands in
 * that profile's line. One for several has a line of its own, so that requests do not wait for each other;
 * where an export of a member still waits, the request stands behind it, in its line.
 */
export function makeDeliveries(
	exports: readonly ProfileExport[],
	bodyOf: (one: ProfileExport) => ExportBody,
	settings: DeliverySettings,
): ExportDelivery[] {
	const groups: Group[] = [];
	const open = new Map<string | undefined, Group>();
	/** Lines in which a profile of this batch stands already. */
	const taken = new Map<string, string>();
	for (const one of exports) {
		const body = bodyOf(one);
		const behind = (one.key === undefined ? undefined : taken.get(one.key)) ?? one.behind;
		const alone = settings.profilesPerRequest <= 1;
		const line = settings.order ? behind : undefined;
		let group = alone ? undefined : open.get(line);
		if (!group || !hasRoom(group, one, body, settings)) {
			group = { line: line ?? newLine(one, settings, alone), members: [], length: 0 };
			groups.push(group);
			open.set(line, group);
		}
		group.members.push({ one, body });
		group.length += body.body.length;
		if (one.key !== undefined && group.line !== undefined) taken.set(one.key, group.line);
	}
	return groups.map((group) => toDelivery(group, settings));
}

function hasRoom(
	{ members, length }: Group,
	one: ProfileExport,
	{ body }: ExportBody,
	{ profilesPerRequest }: DeliverySettings,
): boolean {
	if (members.length >= profilesPerRequest || length + body.length > LONGEST_BODY) return false;
	return one.key === undefined || members.every((member) => member.one.key !== one.key);
}

/** Keys of profiles hold no line breaks, so that no two lines are the same. */
const LINE_OF_MANY = '\n\n';

function newLine(
	{ key }: ProfileExport,
	{ destination, order }: DeliverySettings,
	alone: boolean,
): string | undefined {
	if (!order) return undefined;
	if (!alone) return `${shortened(destination)}${LINE_OF_MANY}${newDeliveryId()}`;
	return key === undefined ? undefined : `${shortened(destination)}\n${key}`;
}

let lastShortened = { text: '', short: '' };

/** The store keeps several indexes over lines, and a destination is named by two long ids. */
function shortened(text: string): string {
	if (lastShortened.text !== text) lastShortened = { text, short: digestOf(text) };
	return lastShortened.short;
}

function toDelivery({ line, members }: Group, settings: DeliverySettings): ExportDelivery {
	const { request, profilesPerRequest, workflowId, executionId, expiresAt } = settings;
	const exports = members.map(({ one }) => one);
	const bodies = members.map(({ body }) => body.body);
	const json = profilesPerRequest > 1 || members[0].body.json;
	const made: DeliveryRequest = {
		method: request.method,
		url: request.url,
		headers: withContentType(request.headers, json),
		body: profilesPerRequest > 1 ? joinPayloads(bodies) : bodies[0],
		...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
	};
	const subject = members.length === 1 ? exports[0].key : undefined;
	const ofOne = line !== undefined && !line.includes(LINE_OF_MANY);
	const delivery: NewDelivery = {
		id: newDeliveryId(),
		kind: 'profile',
		name: settings.name,
		sourceType: 'destination',
		sourceId: settings.destination,
		queue: settings.queue,
		consumer: queueConsumer(settings.queue),
		endpoint: endpointOf(request.url),
		request: JSON.stringify(made),
		...(subject === undefined ? {} : { subject }),
		// A line of many holds exports of other profiles too, which must not give way.
		...(line === undefined ? {} : { orderKey: line, supersede: settings.supersede && ofOne }),
		...(workflowId === undefined ? {} : { workflowId }),
		...(executionId === undefined ? {} : { executionId }),
		...(expiresAt === undefined ? {} : { expiresAt }),
	};
	return { delivery, request: made, exports };
}

function withContentType(
	headers: Readonly<Record<string, string>>,
	json: boolean,
): Record<string, string> {
	if (Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')) {
		return { ...headers };
	}
	return { 'content-type': json ? 'application/json' : 'text/plain; charset=utf-8', ...headers };
}
