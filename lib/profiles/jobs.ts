import type { Delivery, DeliveryRequest } from '../delivery/delivery';
import type { SendJob, SenderInput } from '../delivery/senderTypes';
import type { TakenDelivery } from './take';

/** A delivery as it travels between nodes, of one that is stored. */
export function toDelivery({ delivery, request }: TakenDelivery): Delivery {
	const { id, name, sourceType, sourceId, subject, queue, expiresAt } = delivery;
	const made: Delivery = { id, kind: 'profile', name, request, attempt: 0, status: 'pending' };
	if (sourceType !== undefined && sourceId !== undefined) {
		made.source = { type: sourceType, id: sourceId };
	}
	if (subject !== undefined) made.subject = subject;
	if (queue !== undefined) made.queue = queue;
	if (expiresAt !== undefined) made.expiresAt = new Date(expiresAt).toISOString();
	return made;
}

/** What a sender needs of a delivery that no store has. */
export function toInput(taken: TakenDelivery): SenderInput {
	const [{ index }] = taken.exports;
	return { index, delivery: toDelivery(taken), endpoint: taken.delivery.endpoint };
}

/** What a sender needs of one that stands under its lease. */
export function toJob(taken: TakenDelivery): SendJob {
	const { expiresAt } = taken.delivery;
	return {
		...toInput(taken),
		place: taken.place,
		standing: { attempt: 0, step: 0, ...(expiresAt === undefined ? {} : { expiresAt }) },
	};
}

/** Takes the request of a job away, to spare the memory. */
export function emptied(job: SendJob): SendJob {
	const { method, url, headers } = job.delivery.request;
	return { ...job, delivery: { ...job.delivery, request: { method, url, headers } } };
}

/** Gives a job its request back. */
export function filled(job: SendJob, request: string): SendJob {
	const read = JSON.parse(request) as DeliveryRequest;
	return { ...job, delivery: { ...job.delivery, request: read } };
}
