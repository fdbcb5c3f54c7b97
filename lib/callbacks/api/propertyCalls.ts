import { propertyResource } from '../resources';
import { findAuditEvent } from '../store/events';
import { findProperty } from '../store/properties';
import { notFound } from './errors';
import type { Answer, CallbackApiOptions, Caller } from './types';

/** The calls about properties: read-only, and no more than callbacks need. */
export class PropertyCalls {
	constructor(private readonly options: CallbackApiOptions) {}

	readonly get = async (caller: Caller, id: string): Promise<Answer> => {
		if (!caller.sees(id)) throw notFound();
		const { service, properties, baseUrl } = this.options;
		const noted = await service.store.read(async (unit) => await findProperty(unit, id));
		const name = properties.get(id) ?? noted?.name ?? id;
		const times = noted && { createdAt: noted.createdAt, updatedAt: noted.updatedAt };
		return { status: 200, document: { data: propertyResource({ id, name, ...times }, baseUrl) } };
	};

	readonly ofCallback = async (caller: Caller, callbackId: string): Promise<Answer> => {
		const record = await this.options.service.find(callbackId);
		if (!record) throw notFound();
		return await this.get(caller, record.propertyId);
	};

	readonly ofAuditEvent = async (caller: Caller, eventId: string): Promise<Answer> => {
		const { store } = this.options.service;
		const event = await store.read(async (unit) => await findAuditEvent(unit, eventId));
		if (!event?.propertyId) throw notFound();
		return await this.get(caller, event.propertyId);
	};
}
