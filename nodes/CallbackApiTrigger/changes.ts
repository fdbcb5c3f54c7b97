import type { INodeExecutionData, IRun, ITriggerFunctions } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import {
	makeAuditEvent,
	readAuditEvent,
	type AuditEventDocument,
} from '../../lib/callbacks/auditEvent';
import { tellChanges } from '../../lib/callbacks/changeTeller';
import { callbackResource } from '../../lib/callbacks/resources';
import type { NumberedChange, Reader } from '../../lib/callbacks/store/changes';
import { storeAuditEvent } from '../../lib/callbacks/store/events';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { changeItem } from './items';
import { readerName, type ApiSettings } from './settings';

export interface EmitOptions {
	store: DeliveryStore;
	settings: ApiSettings;
	/** Names of properties by their ids. */
	declared: ReadonlyMap<string, string>;
	stop: AbortSignal;
}

/** n8n may never say how an execution ended. */
const LONGEST_EXECUTION_MS = 3600_000;

/** Emits every change of the callbacks that this trigger serves, whoever made it. */
export async function emitChanges(
	context: ITriggerFunctions,
	{ store, settings, declared, stop }: EmitOptions,
): Promise<void> {
	const tell = async (changes: readonly NumberedChange[], { baseUrl = '' }: Reader) => {
		const events = settings.auditEvents
			? changes.map((one) => eventOf(one, baseUrl, declared))
			: [];
		await keep(store, events);
		const items = changes.map((change, at) =>
			changeItem(change, {
				baseUrl,
				names: declared,
				...(events[at] ? { event: events[at] } : {}),
			}),
		);
		return await emitInto(context, items, stop);
	};
	const options = {
		store,
		clock: systemClock,
		reader: readerName(context),
		batchSize: settings.batchSize,
		sees: (propertyId: string) => settings.anyProperty || declared.has(propertyId),
		tell,
		onError: (error: unknown) =>
			context.logger.error(`${context.getNode().name}: ${(error as Error).message}`),
	};
	await tellChanges(options, stop);
}

const TYPES: Partial<Record<NumberedChange['change'], string>> = {
	created: 'callback.created',
	deleted: 'callback.deleted',
};

/** The audit event of a change; disabling and enabling are updates. */
function eventOf(
	{ change, eventId, at, author, callbackId: id, propertyId, attributes }: NumberedChange,
	baseUrl: string,
	declared: ReadonlyMap<string, string>,
): AuditEventDocument {
	const name = declared.get(propertyId);
	return makeAuditEvent(
		{
			type_of: TYPES[change] ?? 'callback.updated',
			entity: { data: callbackResource({ id, propertyId, attributes }, baseUrl) },
			property: propertyId,
			display_name: attributes.url,
			attributed_to_display_name: author ?? null,
			...(name === undefined ? {} : { property_name: name }),
		},
		{ baseUrl, id: eventId, now: at },
	);
}

async function keep(store: DeliveryStore, events: readonly AuditEventDocument[]): Promise<void> {
	if (events.length === 0) return;
	await store.write(async (unit) => {
		for (const event of events) await storeAuditEvent(unit, readAuditEvent(event));
	});
}

/** Starts an execution and gives whether it went well. */
async function emitInto(
	context: ITriggerFunctions,
	items: INodeExecutionData[],
	stop: AbortSignal,
): Promise<boolean> {
	const done = context.helpers.createDeferredPromise<IRun>();
	const over = new AbortController();
	const ends = AbortSignal.any([stop, over.signal]);
	try {
		context.emit([items], undefined, done);
		const run = await Promise.race([done.promise, systemClock.sleep(LONGEST_EXECUTION_MS, ends)]);
		return run?.status === 'success' || run?.status === 'waiting';
	} catch {
		return false;
	} finally {
		over.abort();
		// Nobody may be left to hear of a later rejection.
		done.promise.catch(() => undefined);
	}
}
