import type { AuditEventDocument, AuditEventResource } from '../auditEvent';
import {
	isObject,
	JSON_API_TYPE,
	REACTOR_ACCEPT,
	type CallbackResource,
	type Resource,
	type ResourceIdentifier,
} from '../jsonApi';
import { unreadable } from './answers';
import { ReactorHttp, type ReactorMeans, type ReactorRequest } from './http';
import { checkedId } from './ids';
import { listQuery, type ListQuery } from './query';
import { readPages, type ListOptions, type ReadPage } from './pages';
import type { ReactorService } from './settings';

/** What can be set of a callback (Reactor, callbacks); further members go to services that know them. */
export interface CallbackChanges {
	url?: string;
	subscriptions?: readonly string[];
	[attribute: string]: unknown;
}

export interface PropertyAttributes {
	name?: string;
	platform?: string;
	[attribute: string]: unknown;
}

export type PropertyResource = Resource<PropertyAttributes>;

/** An answer about one callback; `meta` may hold what is told only once. */
export interface CallbackAnswer {
	data: CallbackResource;
	meta?: Record<string, unknown>;
}

/**
 * A client of the Reactor API, callbacks and audit events. Every method throws a ReactorError that says in
 * words what is wrong, and checks ids before they go into a path.
 */
export class ReactorClient {
	private readonly http: ReactorHttp;

	constructor(
		private readonly service: ReactorService,
		means: ReactorMeans,
		signal: AbortSignal = new AbortController().signal,
	) {
		this.http = new ReactorHttp(service, means, signal);
	}

	/** The callbacks of a property. */
	async listCallbacks(
		propertyId: string,
		query: ListQuery = {},
		options: ListOptions = {},
	): Promise<CallbackResource[]> {
		const path = `/properties/${checkedId('PR', propertyId)}/callbacks`;
		return await this.list<CallbackResource>(path, query, options);
	}

	async getCallback(callbackId: string): Promise<CallbackResource> {
		const id = checkedId('CB', callbackId);
		return (await this.one<CallbackResource>(`/callbacks/${id}`)).data;
	}

	/** @param meta what a service is asked for that knows more than Adobe's */
	async createCallback(
		propertyId: string,
		changes: CallbackChanges,
		meta?: Readonly<Record<string, unknown>>,
	): Promise<CallbackAnswer> {
		const path = `/properties/${checkedId('PR', propertyId)}/callbacks`;
		const data = { attributes: changes, ...(meta ? { meta } : {}) };
		return await this.change<CallbackResource>('POST', path, data);
	}

	/**
	 * Changes what is named, and nothing else.
	 * @param meta as for {@link createCallback}
	 */
	async updateCallback(
		callbackId: string,
		changes: CallbackChanges,
		meta?: Readonly<Record<string, unknown>>,
	): Promise<CallbackAnswer> {
		const id = checkedId('CB', callbackId);
		const method = this.service.writeForm === 'openapi' ? 'PATCH' : 'PUT';
		const data = { attributes: changes, type: 'callbacks', id, ...(meta ? { meta } : {}) };
		return await this.change<CallbackResource>(method, `/callbacks/${id}`, data);
	}

	async deleteCallback(callbackId: string): Promise<void> {
		const path = `/callbacks/${checkedId('CB', callbackId)}`;
		await this.http.request({ method: 'DELETE', path, headers: {} });
	}

	async getProperty(propertyId: string): Promise<PropertyResource> {
		const id = checkedId('PR', propertyId);
		return (await this.one<PropertyResource>(`/properties/${id}`)).data;
	}

	/** The companies that the credential sees; Adobe's API only. */
	async listCompanies(options: ListOptions = {}): Promise<Resource[]> {
		return await this.list('/companies', {}, options);
	}

	/** A company's properties, by a part of their name; Adobe's API only. */
	async searchProperties(
		companyId: string,
		name = '',
		options: ListOptions = {},
	): Promise<PropertyResource[]> {
		const path = `/companies/${checkedId('CO', companyId)}/properties`;
		const filters =
			name === '' ? [] : [{ attribute: 'name', operator: 'CONTAINS' as const, values: [name] }];
		return await this.list<PropertyResource>(path, { filters, sort: ['name'] }, options);
	}

	/** Audit events of all properties of the organisation. */
	async listAuditEvents(
		query: ListQuery = {},
		options: ListOptions = {},
	): Promise<AuditEventResource[]> {
		return await this.list<AuditEventResource>('/audit_events', query, options);
	}

	async getAuditEvent(eventId: string): Promise<AuditEventDocument> {
		const id = checkedId('AE', eventId);
		return await this.one<AuditEventResource>(`/audit_events/${id}`);
	}

	private async list<R extends ResourceIdentifier = Resource>(
		path: string,
		query: ListQuery,
		options: ListOptions,
	): Promise<R[]> {
		return await readPages<R>(async (page) => {
			const answer = await this.get(path, listQuery(query, page));
			return this.page<R>(path, answer);
		}, options);
	}

	private page<R extends ResourceIdentifier>(path: string, answer: unknown): ReadPage<R> {
		if (!isObject(answer) || !Array.isArray(answer.data)) {
			throw unreadable(`The answer to GET ${path} is no list; check Base URL`);
		}
		const { pagination } = isObject(answer.meta) ? answer.meta : {};
		const next = isObject(pagination) ? pagination.next_page : null;
		return {
			resources: answer.data.filter(isObject) as unknown as R[],
			next: typeof next === 'number' ? next : undefined,
		};
	}

	private async one<R extends ResourceIdentifier>(path: string) {
		return this.document<R>(`GET ${path}`, await this.get(path));
	}

	private async get(path: string, query?: string): Promise<unknown> {
		return await this.http.request({
			method: 'GET',
			path,
			...(query ? { query } : {}),
			headers: { Accept: REACTOR_ACCEPT },
		});
	}

	private async change<R extends ResourceIdentifier>(
		method: ReactorRequest['method'],
		path: string,
		data: Record<string, unknown>,
	) {
		const type = this.service.writeForm === 'openapi' ? JSON_API_TYPE : 'application/json';
		const answer = await this.http.request({
			method,
			path,
			headers: { 'Content-Type': type },
			body: JSON.stringify({ data }),
		});
		return this.document<R>(`${method} ${path}`, answer);
	}

	private document<R extends ResourceIdentifier>(request: string, answer: unknown) {
		if (!isObject(answer) || !isObject(answer.data) || typeof answer.data.id !== 'string') {
			throw unreadable(`The answer to ${request} holds no resource; check Base URL`);
		}
		return answer as { data: R; meta?: Record<string, unknown> };
	}
}
