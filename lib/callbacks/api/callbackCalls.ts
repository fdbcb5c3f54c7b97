import type { CallbackResource, ListDocument, ResourceDocument } from '../jsonApi';
import { paginationOf, readListQuery } from '../listQuery';
import { callbackAttributes, callbackResource } from '../resources';
import type { Changed } from '../service';
import type { CallbackRecord } from '../store/callbacks';
import { readCreateDocument, readUpdateDocument } from './document';
import { notFound } from './errors';
import type { Answer, CallbackApiOptions, Caller, ReadRequest } from './types';

/** Reactor callbacks, list: what it can be filtered by. */
const LISTED = { created_at: 'timestamp', updated_at: 'timestamp' } as const;

/** The calls about callbacks themselves. */
export class CallbackCalls {
	constructor(private readonly options: CallbackApiOptions) {}

	readonly list = async (caller: Caller, propertyId: string, { query }: ReadRequest) => {
		if (!caller.sees(propertyId)) throw notFound();
		const asked = readListQuery(query, LISTED);
		const { rows, total } = await this.options.service.list(propertyId, asked);
		const document: ListDocument<CallbackResource> = {
			data: rows.map((row) => this.resourceOf(row)),
			meta: { pagination: paginationOf(asked.page, total), ...warned(asked.warnings) },
		};
		return { status: 200, document } satisfies Answer;
	};

	readonly create = async (
		{ access, sees }: Caller,
		propertyId: string,
		{ body }: ReadRequest,
	): Promise<Answer> => {
		if (!sees(propertyId)) throw notFound();
		const { service, secrets } = this.options;
		const { attributes, wantsSecret } = readCreateDocument(body, propertyId);
		const changed = await service.create(propertyId, attributes, {
			author: access.name,
			newSecret: secrets === 'always' || (secrets === 'asked' && wantsSecret),
		});
		const document = this.documentOf(changed);
		const location = document.data.links?.self as string;
		return { status: 201, document, headers: { location }, change: changed.change };
	};

	readonly get = async (caller: Caller, id: string): Promise<Answer> => {
		const record = await this.seen(caller, id);
		return { status: 200, document: { data: this.resourceOf(record) } };
	};

	readonly update = async (caller: Caller, id: string, { body }: ReadRequest): Promise<Answer> => {
		const record = await this.seen(caller, id);
		const { service, secrets } = this.options;
		const { attributes, wantsSecret } = readUpdateDocument(body, record);
		const changed = await service.update(id, attributes, {
			author: caller.access.name,
			newSecret: secrets !== 'never' && wantsSecret,
		});
		return { status: 200, document: this.documentOf(changed), change: changed.change };
	};

	readonly remove = async (caller: Caller, id: string): Promise<Answer> => {
		await this.seen(caller, id);
		const { change } = await this.options.service.remove(id, { author: caller.access.name });
		return { status: 204, change };
	};

	private async seen(caller: Caller, id: string): Promise<CallbackRecord> {
		const record = await this.options.service.find(id);
		if (!record || !caller.sees(record.propertyId)) throw notFound();
		return record;
	}

	private resourceOf(record: CallbackRecord): CallbackResource {
		const attributes = callbackAttributes(record);
		return callbackResource({ ...record, attributes }, this.options.baseUrl);
	}

	private documentOf({ record, secret, warnings }: Changed): ResourceDocument<CallbackResource> {
		const { previousUntil } = record;
		const until =
			secret !== undefined && previousUntil !== undefined
				? { previous_secret_until: new Date(previousUntil).toISOString() }
				: {};
		const meta = { ...(secret === undefined ? {} : { secret, ...until }), ...warned(warnings) };
		const data = this.resourceOf(record);
		return Object.keys(meta).length === 0 ? { data } : { data, meta };
	}
}

/** What was asked for and is not as the asker may think. */
export const warned = (warnings: readonly string[]) => (warnings.length === 0 ? {} : { warnings });
