import type { Clock } from '../clock';
import type { DeliveryStore } from '../store/deliveryStore';
import type { DeduplicationKey } from '../store/deduplication';
import { insertDeliveries, type NewDelivery } from '../store/insert';
import { createLease, dropLease, LEASE_MS, releaseDeliveries, renewLease } from '../store/leases';
import type { Unit } from '../store/unit';
import { queueConsumer } from '../store/lines';
import { takeOverDeliveries, takeReports } from '../store/takeOver';
import type { Delivery } from './delivery';
import { inTurns } from './fairLine';
import type { JobFeed, SendJob, SenderInput, SenderResult } from './senderTypes';

/** Written by one transaction: fewer flushes to the disk, and others still get at the store in between. */
const CHUNK = 2_000;

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
	/**
	 * Retries go back to the workflow, which waits for them; they stay leased to it, and what is given back
	 * goes to the trigger that they came from, since nobody serves the queue.
	 */
	holdRetries?: boolean;
	/** Brings further deliveries while the sender is at work, under the same lease. */
	feed?: JobFeed;
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
 * @throws what the store throws; what was stored by then is given back
 */
export async function takeIn(
	inputs: readonly SenderInput[],
	context: IntakeContext,
): Promise<Intake> {
	const { store, clock } = context;
	const acquiredAt = clock.monotonic();
	const intake: Intake = { lease: store.newLeaseId(), acquiredAt, jobs: [], results: [] };
	const { emitted, fresh, reports } = sortOut(inputs, intake);
	try {
		if (emitted.length + fresh.length > 0 || context.feed) await openLease(context, intake.lease);
		await report(reports, context, intake);
		let place = 0;
		const placed = inTurns([...emitted, ...fresh]).map((input) => ({ input, place: ++place }));
		const isEmitted = new Set(emitted);
		for (let at = 0; at < placed.length; at += CHUNK) {
			const chunk = placed.slice(at, at + CHUNK);
			intake.acquiredAt = clock.monotonic();
			await takeOver(
				chunk.filter((p) => isEmitted.has(p.input)),
				context,
				intake,
			);
			await storeFresh(
				chunk.filter((p) => !isEmitted.has(p.input)),
				context,
				intake,
			);
		}
	} catch (error) {
		// Where this fails too, the lease lapses.
		await giveUp(store, intake.lease).catch(() => undefined);
		throw error;
	}
	intake.jobs.sort((a, b) => a.place - b.place);
	return intake;
}

/** Tells apart what is emitted, new and to be reported. The same delivery twice is sent once. */
function sortOut(inputs: readonly SenderInput[], intake: Intake) {
	const sorted = {
		emitted: [] as SenderInput[],
		fresh: [] as SenderInput[],
		reports: [] as SenderInput[],
	};
	const seen = new Set<string>();
	for (const input of inputs) {
		const { id, status, lease } = input.delivery;
		const ended = status === 'delivered' || status === 'dead';
		const unsent = ended || status === 'retrying';
		if (seen.has(id) || (lease === undefined && unsent)) intake.results.push(passOn(input));
		else if (lease === undefined) sorted.fresh.push(input);
		else (ended ? sorted.reports : sorted.emitted).push(input);
		seen.add(id);
	}
	return sorted;
}

async function openLease(context: IntakeContext, id: string): Promise<void> {
	const { store, queue, workflowId, executionId } = context;
	await store.write(
		async (unit) =>
			await createLease(unit, {
				id,
				boot: store.boot,
				until: unit.now + LEASE_MS,
				consumer: queueConsumer(queue),
				kind: 'sending',
				...(workflowId === undefined ? {} : { workflowId }),
				...(executionId === undefined ? {} : { executionId }),
			}),
	);
}

/** A long intake keeps its own lease, or fails when it has lost it. */
async function stillHeld(unit: Unit, lease: string): Promise<void> {
	if (await renewLease(unit, lease)) return;
	throw new Error('The store took too long to take the deliveries in; nothing was sent');
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

async function takeOver(
	placed: readonly Placed[],
	context: IntakeContext,
	intake: Intake,
): Promise<void> {
	if (placed.length === 0) return;
	const { store, queue, workflowId, executionId, holdRetries } = context;
	const byId = new Map(placed.map((p) => [p.input.delivery.id, p]));
	const wanted = placed.map(({ input: { delivery, endpoint }, place }) => ({
		id: delivery.id,
		lease: delivery.lease as string,
		place,
		request: JSON.stringify(delivery.request),
		endpoint,
	}));
	const taken = await store.write(async (unit) => {
		await stillHeld(unit, intake.lease);
		return await takeOverDeliveries(unit, wanted, {
			lease: intake.lease,
			queue,
			...(holdRetries ? {} : { consumer: queueConsumer(queue) }),
			...(workflowId === undefined ? {} : { workflowId }),
			...(executionId === undefined ? {} : { executionId }),
			expiresAt: (id) => context.expiresAt((byId.get(id) as Placed).input.delivery),
		});
	});
	for (const { input, place } of placed) {
		const row = taken.get(input.delivery.id);
		if (!row) {
			intake.results.push(passOn(input));
			continue;
		}
		const { attempt, step, expiresAt, status } = row;
		intake.jobs.push({
			index: input.index,
			place,
			endpoint: input.endpoint,
			delivery: { ...withoutLease(input.delivery), queue, attempt, status },
			standing: { attempt, step, expiresAt },
		});
	}
}

async function storeFresh(
	placed: readonly Placed[],
	context: IntakeContext,
	intake: Intake,
): Promise<void> {
	if (placed.length === 0) return;
	const rows = placed.map((p) => toNewDelivery(p, context, intake.lease));
	const stored = await context.store.write(async (unit) => {
		await stillHeld(unit, intake.lease);
		return await insertDeliveries(unit, rows);
	});
	const duplicates = new Map(stored.duplicates.map((d) => [d.id, d.first]));
	placed.forEach(({ input, place }, at) => {
		const { index, endpoint } = input;
		const { id } = input.delivery;
		const delivery = { ...input.delivery, queue: context.queue };
		if (duplicates.has(id)) {
			const hint = `sent before as ${duplicates.get(id) ?? 'an earlier delivery'}`;
			intake.results.push({ index, kind: 'duplicate', delivery, hint });
		} else if (stored.superseded.has(id)) {
			const reason = 'superseded';
			intake.results.push({
				index,
				kind: 'passed',
				delivery: { ...delivery, reason },
				hint: reason,
			});
		} else if (stored.held.has(id)) {
			const reason = 'waits for an older delivery of its subject';
			intake.results.push({ index, kind: 'retrying', delivery: { ...delivery, reason } });
		} else if (!stored.stored.has(id)) {
			intake.results.push(passOn(input));
		} else {
			const expiresAt = rows[at].expiresAt as number;
			const standing = { attempt: 0, step: 0, expiresAt };
			intake.jobs.push({ index, place, endpoint, delivery, standing });
		}
	});
}

function toNewDelivery(
	{ input, place }: Placed,
	context: IntakeContext,
	lease: string,
): NewDelivery {
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
	return {
		index,
		kind: 'passed',
		delivery: { ...withoutLease(delivery), reason: NOT_DUE },
		hint: NOT_DUE,
	};
}

function withoutLease(delivery: Delivery): Delivery {
	if (delivery.lease === undefined) return { ...delivery };
	const { lease: _lease, ...rest } = delivery;
	return rest;
}

/** Ends an intake of which nothing is to be sent. */
export async function endIntake(store: DeliveryStore, lease: string): Promise<void> {
	await store.write(async (unit) => await dropLease(unit, lease));
}

async function giveUp(store: DeliveryStore, lease: string): Promise<void> {
	await store.write(async (unit) => {
		await releaseDeliveries(unit, lease);
		await dropLease(unit, lease);
	});
}
