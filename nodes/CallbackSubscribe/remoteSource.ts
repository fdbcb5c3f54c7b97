import type { ReadAuditEvent } from '../../lib/callbacks/auditEvent';
import type { Conditions } from '../../lib/callbacks/condition';
import { bodyOf, callbackDelivery } from '../../lib/callbacks/deliveries';
import type { CallbackResource } from '../../lib/callbacks/jsonApi';
import type { SkippedCallback } from '../../lib/callbacks/match';
import type { ReactorClient } from '../../lib/callbacks/reactor/client';
import { ReactorError } from '../../lib/callbacks/reactor/errors';
import { holdsType } from '../../lib/callbacks/subscriptions';
import type { RemoteService } from '../shared/reactorClients';
import {
	attributesOf,
	type CallbackSource,
	type CallbackValues,
	type CallbackWritten,
	type MatchChoices,
	type Matched,
} from './sources';

/** Companies whose properties are listed; an organisation has one or a few. */
const MOST_COMPANIES = 10;
/** Properties of a list to pick from. */
const MOST_PROPERTIES = 100;

export interface RemoteSourceOptions {
	client: ReactorClient;
	service: RemoteService;
	baseUrl: string;
	conditions: Conditions;
	/** Wall clock, epoch milliseconds. */
	now: () => number;
}

/** Callbacks at Adobe, or at another n8n. */
export class RemoteSource implements CallbackSource {
	/** Read once for an execution, however many events it has. */
	private readonly ofProperty = new Map<string, Promise<CallbackResource[]>>();

	constructor(private readonly options: RemoteSourceOptions) {}

	private get client(): ReactorClient {
		return this.options.client;
	}

	readonly list: CallbackSource['list'] = async (...given) =>
		await this.client.listCallbacks(...given);

	readonly get: CallbackSource['get'] = async (id) => await this.client.getCallback(id);

	readonly delete: CallbackSource['delete'] = async (id) => await this.client.deleteCallback(id);

	readonly listEvents: CallbackSource['listEvents'] = async (...given) =>
		(await this.client.listAuditEvents(...given)).map((data) => ({ data }));

	async create(propertyId: string, values: CallbackValues): Promise<CallbackWritten> {
		const meta = values.newSecret ? { secret: true } : undefined;
		const answer = await this.client.createCallback(propertyId, attributesOf(values), meta);
		return { callback: answer.data, ...(answer.meta ? { meta: answer.meta } : {}) };
	}

	async update(callbackId: string, values: CallbackValues): Promise<CallbackWritten> {
		const meta = values.newSecret ? { rotate_secret: true } : undefined;
		const answer = await this.client.updateCallback(callbackId, attributesOf(values), meta);
		return { callback: answer.data, ...(answer.meta ? { meta: answer.meta } : {}) };
	}

	async match(event: ReadAuditEvent, { shape, test }: MatchChoices): Promise<Matched> {
		const { propertyId, typeOf } = event;
		if (propertyId === undefined) return { deliveries: [], skipped: [] };
		const body = bodyOf(event);
		const matched: Matched & { skipped: SkippedCallback[] } = { deliveries: [], skipped: [] };
		const holds = this.options.conditions.on(event, this.options.now());
		for (const callback of await this.callbacksOf(propertyId)) {
			const { subscriptions, url, condition, disabled_at: disabledAt } = callback.attributes;
			if (!Array.isArray(subscriptions) || !holdsType(subscriptions, typeOf)) continue;
			if (disabledAt) continue;
			const { holds: wanted, problem } = condition ? await holds(condition) : { holds: true };
			if (problem !== undefined) {
				matched.skipped.push({ callbackId: callback.id, reason: `condition: ${problem}` });
			}
			if (!wanted) continue;
			const delivery = callbackDelivery({ id: callback.id, url }, event, body, shape);
			matched.deliveries.push(test ? { ...delivery, test } : delivery);
		}
		return matched;
	}

	async properties(name: string): Promise<{ id: string; name: string }[]> {
		if (this.options.service !== 'adobe') {
			throw new ReactorError('Another n8n does not list its properties; choose "By ID"', {
				kind: 'refused',
			});
		}
		const companies = await this.client.listCompanies({ limit: MOST_COMPANIES });
		const found = await Promise.all(
			companies.map(
				async ({ id }) => await this.client.searchProperties(id, name, { limit: MOST_PROPERTIES }),
			),
		);
		return found.flat().map(({ id, attributes }) => ({ id, name: attributes?.name ?? id }));
	}

	async baseUrl(): Promise<string> {
		return this.options.baseUrl;
	}

	private callbacksOf(propertyId: string): Promise<CallbackResource[]> {
		const known = this.ofProperty.get(propertyId);
		if (known) return known;
		const reading = this.client.listCallbacks(propertyId);
		this.ofProperty.set(propertyId, reading);
		// What could not be read is read again for the next event.
		reading.catch(() => this.ofProperty.delete(propertyId));
		return reading;
	}
}
