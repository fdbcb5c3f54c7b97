import type { Clock } from '../clock';
import type { DeliveryStore } from '../store/deliveryStore';
import type { DeduplicationKey } from '../store/deduplication';
import { insertDeliveries, type NewDelivery } from '../store/insert';
import { createLease, dropLease, LEASE_MS } from '../store/leases';
import { queueConsumer } from '../store/lines';
import { takeOverDeliveries, takeReports } from '../store/takeOver';
import type { Delivery } from './delivery';
import { inTurns } from './fairLine';
import type { SendJob, SenderInput, SenderResult } from './senderTypes';

/** Written by one statement each. */
const CHUNK = 500;

export interface IntakeContext {
	store: DeliveryStore;
	clock: Clock;
	queue: string;
	workflowId?: string;
	executionId?: string;
	/** Epoch milliseconds; the end of a delivery's age, counted from when a sender first has it. */
	expiresAt: (delivery: Delivery) => number;
	deduplicationOf?: (input: SenderInput) => DeduplicationKey | undefined;
	orderOf?: (delivery: Delivery) => { key: string; supersede: boolean } | undefined;
}

export interface Intake {
	lease: string;
	/** The clock's monotonic time before the lease was written. */
	acquiredAt: number;
	jobs: SendJob[];
	/** What is not to be sent, and why. */
	results: SenderResult[];
}

/** A delivery that came back before its time: marked with this once, and let go the second time. */
export const NOT_DUE = 'not sent again: it is stored and will be sent by itself when it is due';

/**
 * Stores a sender's whole input under one lease, before the first byte leaves: takes over what a trigger
 * emitted, stores what is new, sorts out what must not be sent.
 */
export async function takeIn(
	inputs: readonly SenderInput[],
	context: IntakeContext,
): Promise<Intake> {
	const lease = context.store.newLeaseId();
	const acquiredAt = context.clock.monotonic();
	const intake: Intake = { lease, acquiredAt, jobs: [], results: [] };
	const emitted: SenderInput[] = [];
	const fresh: SenderInput[] = [];
	const reports: SenderInput[] = [];
	for (const input of inputs) {
		const { delivery } = input;
		const ended = delivery.status === 'delivered' || delivery.status === 'dead';
		if (delivery.lease !== undefined) (ended ? reports : emitted).push(input);
		else if (ended || delivery.status === 'retrying') intake.results.push(passOn(input));
		else fresh.push(input);
	}
	if (emitted.length + fresh.length > 0) {
		await context.store.write(
			async (unit) =>
				await createLease(unit, {
					id: lease,
					boot: context.store.boot,
					until: unit.now + LEASE_MS,
					consumer: queueConsumer(context.queue),
					kind: 'sending',
					...(context.workflowId === undefined ? {} : { workflowId: context.workflowId }),
					...(context.executionId === undefined ? {} : { executionId: context.executionId }),
				}),
		);
	}
	await report(reports, context, intake);
	let place = 0;
	const placed = inTurns([...emitted, ...fresh]).map((input) => ({ input, place: ++place }));
	const isEmitted = new Set(emitted);
	for (let at = 0; at < placed.length; at += CHUNK) {
		const chunk = placed.slice(at, at + CHUNK);
		await takeOver(chunk.filter((p) => isEmitted.has(p.input)), context, intake);
		await store(chunk.filter((p) => !isEmitted.has(p.input)), context, intake);
	}
	intake.jobs.sort((a, b) => a.place - b.place);
	return intake;
}

interface Placed {
	input: SenderInput;
	place: number;
}

async function report(
	inputs: readonly SenderInput[],
	{ store }: IntakeContext,
	intake: Intake,
): Promise<void> {
	for (let at = 0; at < inputs.length; at += CHUNK) {
		const chunk = inputs.slice(at, at + CHUNK);
		const told = await store.write(
			async (unit) =>
				await takeReports(
					unit,
					chunk.map(({ delivery }) => ({ id: delivery.id, lease: delivery.lease as string })),
				),
		);
		for (const input of chunk) {
			const dead = input.delivery.status === 'dead' && told.has(input.delivery.id);
			intake.results.push(
				dead
					? { index: input.index, kind: 'dead', delivery: withoutLease(input.delivery) }
					: passOn(input),
			);
		}
	}
}

async function takeOver(placed: readonly Placed[], context: IntakeContext, intake: Intake): Promise<void> {
	if (placed.length === 0) return;
	const byId = new Map(placed.map((p) => [p.input.delivery.id, p]));
	const taken = await context.store.write(
		async (unit) =>
			await takeOverDeliveries(
				unit,
				[...byId.values()].map(({ input, place }) => ({
					id: input.delivery.id,
					lease: input.delivery.lease as string,
					place,
					request: JSON.stringify(input.delivery.request),
				})),
				{
					lease: intake.lease,
					queue: context.queue,
					consumer: queueConsumer(context.queue),
					workflowId: context.workflowId,
					executionId: context.executionId,
					expiresAt: (id) => context.expiresAt((byId.get(id) as Placed).input.delivery),
				},
			),
	);
	for (const { input, place } of placed) {
		const row = byId.get(input.delivery.id)?.input === input ? taken.get(input.delivery.id) : undefined;
		if (!row) {
			intake.results.push(passOn(input));
			continue;
		}
		const { attempt, step, expiresAt, status } = row;
		const delivery = { ...withoutLease(input.delivery), queue: context.queue, attempt, status };
		intake.jobs.push({ index: input.index, place, endpoint: input.endpoint, delivery, standing: { attempt, step, expiresAt } });
	}
}

async function store(placed: readonly Placed[], context: IntakeContext, intake: Intake): Promise<void> {
	if (placed.length === 0) return;
	const rows = placed.map((p) => toNewDelivery(p, context, intake.lease));
	const stored = await context.store.write(async (unit) => await insertDeliveries(unit, rows));
	const duplicates = new Map(stored.duplicates.map((d) => [d.id, d.first]));
	placed.forEach(({ input, place }, at) => {
		const { id } = input.delivery;
		const delivery = { ...withoutLease(input.delivery), queue: context.queue };
		const first = duplicates.get(id);
		if (first !== undefined || duplicates.has(id)) {
			intake.results.push({ index: input.index, kind: 'duplicate', delivery, hint: `sent before as ${first ?? 'an earlier delivery'}` });
		} else if (stored.superseded.has(id)) {
			intake.results.push({ index: input.index, kind: 'passed', delivery: { ...delivery, reason: 'superseded' }, hint: 'superseded' });
		} else if (stored.held.has(id)) {
			intake.results.push({ index: input.index, kind: 'retrying', delivery: { ...delivery, reason: 'waits for an older delivery of its subject' } });
		} else if (!stored.stored.has(id)) {
			intake.results.push(passOn(input));
		} else {
			const expiresAt = rows[at].expiresAt as number;
			intake.jobs.push({ index: input.index, place, endpoint: input.endpoint, delivery, standing: { attempt: 0, step: 0, expiresAt } });
		}
	});
}

function toNewDelivery({ input, place }: Placed, context: IntakeContext, lease: string): NewDelivery {
	const { delivery } = input;
	const order = context.orderOf?.(delivery);
	return {
		id: delivery.id,
		kind: delivery.kind,
		name: delivery.name,
		sourceType: delivery.source?.type,
		sourceId: delivery.source?.id,
		subject: delivery.subject,
		eventId: delivery.eventId,
		queue: context.queue,
		consumer: queueConsumer(context.queue),
		endpoint: input.endpoint,
		request: JSON.stringify(delivery.request),
		expiresAt: context.expiresAt(delivery),
		orderKey: order?.key,
		supersede: order?.supersede,
		lease: { id: lease, place },
		workflowId: context.workflowId,
		executionId: context.executionId,
		deduplication: context.deduplicationOf?.(input),
	};
}

function passOn({ index, delivery }: SenderInput): SenderResult {
	if (delivery.reason === NOT_DUE) return { index, kind: 'dropped', delivery, hint: NOT_DUE };
	return { index, kind: 'passed', delivery: { ...withoutLease(delivery), reason: NOT_DUE }, hint: NOT_DUE };
}

function withoutLease(delivery: Delivery): Delivery {
	if (delivery.lease === undefined) return { ...delivery };
	const { lease: _lease, ...rest } = delivery;
	return rest;
}

/** Ends an intake of which nothing was sent. */
export async function endIntake(store: DeliveryStore, lease: string): Promise<void> {
	await store.write(async (unit) => await dropLease(unit, lease));
}
