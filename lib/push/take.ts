import { newDeliveryId } from '../delivery/identifiers';
import { endpointOf } from '../delivery/endpoint';
import type { DeliveryStore } from '../store/deliveryStore';
import { insertDeliveries, type NewDelivery } from '../store/insert';
import { renewLease } from '../store/leases';
import { queueConsumer } from '../store/lines';
import type { Unit } from '../store/unit';
import { compose, type Composed, type Composition, type MadeDelivery } from './compose';
import type { ChannelConfiguration } from './configuration';
import { apnsIdOf, orderOf } from './deliveries';
import { loadKnown, planFor, type Excluded } from './plan';
import { insertFeedback, type NewFeedback } from './store/feedback';
import { noteMessages } from './store/messages';
import type { PushRequest } from './targets';

/** Everything that sending a message needs. */
export interface TakeOptions {
	configuration: ChannelConfiguration;
	/** Names the message over all that it is sent to, in tracking, feedback and reports. */
	messageId: string;
	messageName: string;
	queue: string;
	workflowId?: string;
	executionId?: string;
	/** When a delivery without a time to live is given up, epoch milliseconds. */
	expiresAt: number;
	/** Names the event of a request, so that it is sent once to each device. */
	deduplicationOf?: (
		index: number,
	) => { scope: string; key: string; expiresAt: number } | undefined;
}

/** A delivery as it is stored. */
export interface TakenDelivery extends MadeDelivery {
	index: number;
	endpoint: string;
	/** Epoch milliseconds. */
	expiresAt: number;
	/** Its place under the lease. */
	place: number;
	/**
	 * `held`: an older one of its collapse key is on its way; `superseded`: a newer one takes its place;
	 * `duplicate`: its event was sent before.
	 */
	standing: 'ready' | 'held' | 'superseded' | 'duplicate';
}

export interface TakenExclusion extends Excluded {
	index: number;
	/** Names it in feedback events. */
	executionId: string;
}

/** What became of some requests. */
export interface TakenPushes {
	deliveries: TakenDelivery[];
	excluded: TakenExclusion[];
}

/** Requests of one transaction; each may have several devices. */
const CHUNK = 250;

/**
 * Takes requests in: finds their devices, makes their deliveries and stores them with their feedback, in
 * one transaction for each part. Gives the parts as they are on disk.
 * @param lease under which they are stored, for a sender that has it; places count from `firstPlace` on;
 * undefined: the queue has them
 * @throws what the store throws; what was stored by then is under the lease, or the queue's
 */
export async function* takePushes(
	store: DeliveryStore,
	requests: readonly PushRequest<Composition>[],
	options: TakeOptions,
	lease?: { id: string; firstPlace: number },
): AsyncGenerator<TakenPushes, void, undefined> {
	let place = lease?.firstPlace ?? 1;
	for (let at = 0; at < requests.length; at += CHUNK) {
		const part = requests.slice(at, at + CHUNK);
		const taken = await store.write(
			async (unit) => await takePart(unit, part, options, lease && { id: lease.id, place }),
		);
		place += taken.deliveries.length;
		const { queue } = options;
		if (!lease && taken.deliveries.length > 0) {
			store.wake(queueConsumer(queue), taken.deliveries.length);
		}
		yield taken;
	}
}

async function takePart(
	unit: Unit,
	requests: readonly PushRequest<Composition>[],
	options: TakeOptions,
	lease: { id: string; place: number } | undefined,
): Promise<TakenPushes> {
	if (lease && !(await renewLease(unit, lease.id))) {
		throw new Error(
			'The store took too long to take the messages in; what it has is left to the queue',
		);
	}
	const { configuration, messageId } = options;
	const targets = requests.map(({ target }) => target);
	const known = await loadKnown(unit, targets, configuration);
	const context = { configuration, messageId, now: unit.now };
	const composed = requests.map(({ index, target, message }) => ({
		index,
		...compose(planFor(target, known, configuration), message, context),
	}));
	return await storePart(unit, composed, options, lease);
}

async function storePart(
	unit: Unit,
	composed: readonly (Composed & { index: number })[],
	options: TakeOptions,
	lease: { id: string; place: number } | undefined,
): Promise<TakenPushes> {
	const { configuration, messageId: id, messageName: name } = options;
	let place = lease?.place ?? 1;
	const made = composed.flatMap(({ index, made: some }) =>
		some.map((one) => ({ index, one, row: toRow(index, one, options, lease?.id, place++) })),
	);
	const excluded = composed.flatMap(({ index, excluded: some }) =>
		some.map((one): TakenExclusion => ({ ...one, index, executionId: newDeliveryId() })),
	);
	await noteMessages(unit, [{ id, configuration: configuration.id, name }]);
	const result = await insertDeliveries(
		unit,
		made.map(({ row }) => row),
	);
	const duplicates = new Set(result.duplicates.map((one) => one.id));
	const followed = made.filter(({ row }) => !duplicates.has(row.id));
	await insertFeedback(unit, [
		...followed.map(({ one }) => feedbackFor(one, id)),
		...excluded.map((one) => feedbackForExcluded(one, id)),
	]);
	const standingOf = (delivery: string): TakenDelivery['standing'] => {
		if (duplicates.has(delivery)) return 'duplicate';
		if (result.superseded.has(delivery)) return 'superseded';
		return result.held.has(delivery) ? 'held' : 'ready';
	};
	return {
		excluded,
		deliveries: made.map(({ index, one, row }) => ({
			...one,
			delivery: { ...one.delivery, queue: options.queue },
			index,
			endpoint: row.endpoint,
			expiresAt: row.expiresAt as number,
			place: row.lease?.place ?? 0,
			standing: standingOf(row.id),
		})),
	};
}

function toRow(
	index: number,
	{ delivery, collapseKey, to }: MadeDelivery,
	options: TakeOptions,
	lease: string | undefined,
	place: number,
): NewDelivery {
	const { queue, workflowId, executionId, expiresAt, deduplicationOf } = options;
	const order = orderOf(delivery, collapseKey);
	const key = deduplicationOf?.(index);
	return {
		id: delivery.id,
		kind: delivery.kind,
		name: delivery.name,
		sourceType: delivery.source?.type,
		sourceId: delivery.source?.id,
		subject: delivery.subject,
		eventId: delivery.eventId,
		queue,
		consumer: queueConsumer(queue),
		endpoint: endpointOf(delivery.request.url),
		request: JSON.stringify(delivery.request),
		expiresAt: delivery.expiresAt === undefined ? expiresAt : Date.parse(delivery.expiresAt),
		orderKey: order?.key,
		supersede: order?.supersede,
		lease: lease === undefined ? undefined : { id: lease, place },
		workflowId,
		executionId,
		deduplication: key && { ...key, key: `${key.key}\n${to.id}` },
	};
}

function feedbackFor({ delivery, to }: MadeDelivery, messageId: string): NewFeedback {
	return {
		deliveryId: delivery.id,
		messageId,
		appId: to.appId,
		platform: to.platform,
		deviceId: to.id,
		profileKey: to.profileKey,
		identity: to.identity,
		feedback: {
			status: 'pending',
			retryCount: 0,
			...(to.platform === 'fcm' ? {} : { providerMessageId: apnsIdOf(delivery.id) }),
		},
	};
}

function feedbackForExcluded(
	{ executionId, profileKey, device, exclusion, denylisted }: TakenExclusion,
	messageId: string,
): NewFeedback {
	return {
		deliveryId: executionId,
		messageId,
		appId: device?.appId ?? '',
		platform: device?.platform ?? '',
		deviceId: device?.id,
		profileKey,
		identity: device?.identity,
		feedback: {
			status: denylisted ? 'denylist' : 'exclude',
			code: exclusion.code,
			reason: `${exclusion.reason}: ${exclusion.details}`,
			retryCount: 0,
		},
	};
}
