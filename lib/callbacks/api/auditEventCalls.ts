import type { AuditEventResource } from '../auditEvent';
import type { ListDocument } from '../jsonApi';
import { paginationOf, readListQuery } from '../listQuery';
import { findAuditEvent, listAuditEvents } from '../store/events';
import { warned } from './callbackCalls';
import { notFound } from './errors';
import type { Answer, CallbackApiOptions, Caller, ReadRequest } from './types';

/** Reactor audit events, list: what it can be filtered by. */
const LISTED = { created_at: 'timestamp', updated_at: 'timestamp', type_of: 'text' } as const;

/** The calls about audit events: those that the store still has. */
export class AuditEventCalls {
	constructor(private readonly options: CallbackApiOptions) {}

	readonly get = async (caller: Caller, id: string): Promise<Answer> => {
		const { store } = this.options.service;
		const event = await store.read(async (unit) => await findAuditEvent(unit, id));
		if (!event || !maySee(caller, event.propertyId)) throw notFound();
		return { status: 200, document: event.document };
	};

	readonly list = async (caller: Caller, _id: string, { query }: ReadRequest): Promise<Answer> => {
		const { service, baseUrl } = this.options;
		const asked = readListQuery(query, LISTED);
		const properties = this.propertiesOf(caller);
		const { rows, total } = await service.store.read(
			async (unit) => await listAuditEvents(unit, properties, asked),
		);
		const pagination = paginationOf(asked.page, total);
		const link = (number: number) => `${baseUrl}/audit_events?${pageQuery(query, number)}`;
		const document: ListDocument<AuditEventResource> = {
			data: rows.map((row) => row.document.data),
			links: {
				self: link(pagination.current_page),
				...(pagination.next_page === null ? {} : { next: link(pagination.next_page) }),
				last: link(pagination.total_pages),
			},
			meta: { pagination, ...warned(asked.warnings) },
		};
		return { status: 200, document };
	};

	/** undefined: all, and those of no property too. */
	private propertiesOf({ access, sees }: Caller): string[] | undefined {
		if (access.properties) return [...access.properties].filter(sees);
		return this.options.anyProperty ? undefined : [...this.options.properties.keys()];
	}
}

/** An event of no property is only for those who may see everything. */
const maySee = ({ access, sees }: Caller, propertyId: string | null) =>
	propertyId === null ? access.properties === undefined : sees(propertyId);

function pageQuery(query: string, number: number): string {
	const parameters = new URLSearchParams(query);
	parameters.set('page[number]', String(number));
	return parameters.toString();
}
