import type { Generated } from 'kysely';

/** Store states: the contract's four, and `closed` for what ended without an attempt being owed. */
export const STORED_STATUSES = ['pending', 'retrying', 'delivered', 'dead', 'closed'] as const;
export type StoredStatus = (typeof STORED_STATUSES)[number];

/** Times are epoch milliseconds of the store's clock; flags are 0 or 1. */
export interface DeliveriesTable {
	no: Generated<number>;
	id: string;
	kind: string;
	name: string;
	source_type: string | null;
	source_id: string | null;
	subject: string | null;
	event_id: string | null;
	queue: string | null;
	/** Who may claim it: `trigger:…` until a sender has it, `queue:…` from then on. */
	consumer: string;
	/** The line it stands in while it may be claimed, else null. See lines.ts. */
	line: string | null;
	endpoint: string;
	status: StoredStatus;
	reason: string | null;
	attempt: number;
	/** How many delays of the schedule are used up; apart from `attempt`, since a replay restarts it. */
	step: number;
	/** Claims since the last settlement. */
	claims: number;
	due_at: number;
	created_at: number;
	expires_at: number | null;
	last_attempt_at: number | null;
	settled_at: number | null;
	lease: string | null;
	/** Its place among the deliveries of its lease, in the order of sending. */
	lease_place: number | null;
	/** One subject at one destination; deliveries of a key go in the order of `no`. */
	order_key: string | null;
	supersede: number;
	/** Replayed by force: a newer delivery of its key does not close it. */
	kept: Generated<number>;
	response: string | null;
	error: string | null;
	test: number;
	/** The dead letter was handed to a workflow. */
	reported: number;
	workflow_id: string | null;
	execution_id: string | null;
}

/** What a delivery sends, apart from its row. See requests.ts. */
export interface RequestsTable {
	delivery_no: number;
	/** {@link DeliveryRequest} as JSON. */
	request: string;
}

export interface AttemptsTable {
	delivery_no: number;
	number: number;
	started_at: number;
	duration_ms: number;
	status_code: number | null;
	error_code: string | null;
	message: string | null;
	verdict: string;
}

export interface LeasesTable {
	id: string;
	consumer: string;
	kind: 'emitted' | 'waiting' | 'sending';
	boot: string;
	until: number;
	/** Places up to this one may have had a byte on the wire. */
	started_place: number;
	workflow_id: string | null;
	execution_id: string | null;
}

/** One row for each endpoint in a line: when its next delivery may be claimed. */
export interface LanesTable {
	line: string;
	endpoint: string;
	next_due_at: number | null;
	/** Also the turn: a lane that was just served stands behind those that wait. */
	ready_at: number | null;
	claimed_at: number;
}

export interface EndpointsTable {
	queue: string;
	endpoint: string;
	paused_until: number;
	/** How many may be claimed at once after a pause; null when there is no limit. */
	probe_window: number | null;
	pauses: number;
	reason: string | null;
	noted_at: number;
}

export interface QueuesTable {
	queue: string;
	workflow_id: string;
	paused_until: number;
	pauses: number;
	reason: string | null;
	refusals: number;
}

/** Which nodes serve or feed a queue. */
export interface QueueMembersTable {
	queue: string;
	role: string;
	workflow_id: string;
	node_id: string;
	node_name: string;
	boot: string;
	seen_at: number;
}

export interface DeduplicationTable {
	scope: string;
	key: string;
	delivery_id: string | null;
	expires_at: number;
}

export interface MetaTable {
	key: string;
	value: string;
}

export interface StoreSchema {
	deliveries: DeliveriesTable;
	requests: RequestsTable;
	attempts: AttemptsTable;
	leases: LeasesTable;
	lanes: LanesTable;
	endpoints: EndpointsTable;
	queues: QueuesTable;
	queue_members: QueueMembersTable;
	deduplication: DeduplicationTable;
	meta: MetaTable;
}
