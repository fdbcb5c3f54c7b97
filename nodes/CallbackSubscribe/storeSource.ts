import type { AuditEventDocument, ReadAuditEvent } from '../../lib/callbacks/auditEvent';
import type { CallbackResource } from '../../lib/callbacks/jsonApi';
import { readListQuery, type ListAttributes } from '../../lib/callbacks/listQuery';
import { composeDeliveries } from '../../lib/callbacks/match';
import { checkedId } from '../../lib/callbacks/reactor/ids';
import { readPages, type ListOptions } from '../../lib/callbacks/reactor/pages';
import { listQuery, type ListQuery, type Page } from '../../lib/callbacks/reactor/query';
import { callbackAttributes, callbackResource } from '../../lib/callbacks/resources';
import type { CallbackService, Changed } from '../../lib/callbacks/service';
import { CallbackNotFoundError } from '../../lib/callbacks/errors';
import type { CallbackRecord } from '../../lib/callbacks/store/callbacks';
import { listAuditEvents } from '../../lib/callbacks/store/events';
import { listProperties } from '../../lib/callbacks/store/properties';
import { callbackConditions } from '../shared/callbackStore';
import {
	attributesOf,
	type CallbackSource,
	type CallbackValues,
	type CallbackWritten,
	type MatchChoices,
	type Matched,
} from './sources';

const CALLBACKS: ListAttributes = { created_at: 'timestamp', updated_at: 'timestamp' };
const EVENTS: ListAttributes = { ...CALLBACKS, type_of: 'text' };

export interface StoreSourceOptions {
	service: CallbackService;
	/** Who changes: the node's name. */
	author: string;
	/** Where an API of this store is served, for links; may be empty. */
	baseUrl: () => Promise<string>;
	/** Told what was asked for and not done. */
	warn: (warning: string) => void;
}

/** The callbacks of this n8n's delivery store. */
export class StoreSource implements CallbackSource {
	constructor(private readonly options: StoreSourceOptions) {}

	private get service(): CallbackService {
		return this.options.service;
	}

	async list(propertyId: string, query: ListQuery, options: ListOptions) {
		const property = checkedId('PR', propertyId);
		const base = await this.baseUrl();
		return await this.pages(query, options, CALLBACKS, async (asked) => {
			const { rows, total } = await this.service.list(property, asked);
			return { rows: rows.map((row) => resourceOf(row, base)), total };
		});
	}

	async get(callbackId: string): Promise<CallbackResource> {
		const record = await this.service.find(checkedId('CB', callbackId));
		if (!record) throw new CallbackNotFoundError(callbackId);
		return resourceOf(record, await this.baseUrl());
	}

	async create(propertyId: string, values: CallbackValues): Promise<CallbackWritten> {
		const property = checkedId('PR', propertyId);
		const options = { author: this.options.author, newSecret: values.newSecret };
		return await this.written(await this.service.create(property, attributesOf(values), options));
	}

	async update(callbackId: string, values: CallbackValues): Promise<CallbackWritten> {
		const id = checkedId('CB', callbackId);
		const options = { author: this.options.author, newSecret: values.newSecret };
		return await this.written(await this.service.update(id, attributesOf(values), options));
	}

	async delete(callbackId: string): Promise<void> {
		await this.service.remove(checkedId('CB', callbackId), { author: this.options.author });
	}

	async listEvents(query: ListQuery, options: ListOptions): Promise<AuditEventDocument[]> {
		const { store } = this.service;
		const events = await this.pages(query, options, EVENTS, async (asked) => {
			const page = await store.read(async (unit) => await listAuditEvents(unit, undefined, asked));
			return {
				rows: page.rows.map(({ document }) => ({ ...document.data, document })),
				total: page.total,
			};
		});
		return events.map(({ document }) => document);
	}

	async match(event: ReadAuditEvent, choices: MatchChoices): Promise<Matched> {
		const { deliveries, skipped } = await composeDeliveries(event, {
			store: this.service.store,
			conditions: callbackConditions(),
			withoutProperty: choices.withoutProperty,
			shape: choices.shape,
			keepEvent: !choices.test,
		});
		if (!choices.test) return { deliveries, skipped };
		return { deliveries: deliveries.map((one) => ({ ...one, test: true })), skipped };
	}

	async properties(name: string): Promise<{ id: string; name: string }[]> {
		const all = await this.service.store.read(listProperties);
		const wanted = name.toLowerCase();
		return all.filter((one) => `${one.name} ${one.id}`.toLowerCase().includes(wanted));
	}

	async baseUrl(): Promise<string> {
		return await this.options.baseUrl();
	}

	/** Asked as over the wire, so that filters, sort and pages mean the same from either source. */
	private async pages<R extends { id: string; type: string }>(
		query: ListQuery,
		options: ListOptions,
		attributes: ListAttributes,
		read: (asked: ReturnType<typeof readListQuery>) => Promise<{ rows: R[]; total: number }>,
	): Promise<R[]> {
		return await readPages<R>(async (page: Page) => {
			const asked = readListQuery(listQuery(query, page), attributes);
			asked.warnings.forEach(this.options.warn);
			const { rows, total } = await read(asked);
			const next = page.number * page.size < total ? page.number + 1 : undefined;
			return { resources: rows, next };
		}, options);
	}

	private async written({ record, secret, warnings }: Changed): Promise<CallbackWritten> {
		const meta = {
			...(secret === undefined ? {} : { secret }),
			...(warnings.length === 0 ? {} : { warnings }),
		};
		const callback = resourceOf(record, await this.baseUrl());
		return Object.keys(meta).length === 0 ? { callback } : { callback, meta };
	}
}

const resourceOf = (record: CallbackRecord, baseUrl: string) =>
	callbackResource({ ...record, attributes: callbackAttributes(record) }, baseUrl);
