import type { FeedMeans, JobFeed, SendJob } from '../delivery/senderTypes';
import type { DeliveryStore } from '../store/deliveryStore';
import { requestsById } from '../store/requests';
import type { ProfileInput } from './exporter';
import { emptied, filled, toJob } from './jobs';
import { takeProfiles, type ExportOptions, type TakenProfiles } from './take';

/** Characters of bodies that wait in memory; what comes beyond is read from the store when its turn comes. */
const MOST_KEPT = 16 * 1024 * 1024;

/**
 * Takes all profiles in, and then hands over what is to be sent: once the first byte leaves, a crash loses
 * nothing any more. What is far from its turn leaves the memory.
 * @param onTaken is told of each part that is stored
 */
export function feedProfiles(
	store: DeliveryStore,
	inputs: Iterable<ProfileInput>,
	options: ExportOptions,
	onTaken: (taken: TakenProfiles) => void,
): JobFeed {
	return async function* (means) {
		const line = new PartLine();
		await takeAll(store, inputs, options, means, onTaken, line);
		for (let part = line.next(); part; part = line.next()) {
			await means.room();
			yield part.isEmptied && !means.signal.aborted ? await refill(store, part) : part.jobs;
		}
	};
}

async function takeAll(
	store: DeliveryStore,
	inputs: Iterable<ProfileInput>,
	options: ExportOptions,
	{ lease, firstPlace }: FeedMeans,
	onTaken: (taken: TakenProfiles) => void,
	line: PartLine,
): Promise<void> {
	const places = { id: lease, place: firstPlace };
	for await (const taken of takeProfiles(store, inputs, options, places)) {
		onTaken(taken);
		line.add(taken.deliveries.flatMap((one) => (one.standing === 'ready' ? [toJob(one)] : [])));
	}
}

interface WaitingPart {
	jobs: readonly SendJob[];
	/** Characters of its bodies in memory. */
	length: number;
	isEmptied: boolean;
}

/** Parts that are stored and wait for the sender. */
class PartLine {
	private parts: WaitingPart[] = [];
	private kept = 0;

	add(jobs: readonly SendJob[]): void {
		if (jobs.length === 0) return;
		const length = jobs.reduce(
			(sum, { delivery }) => sum + (delivery.request.body ?? '').length,
			0,
		);
		const isEmptied = this.parts.length > 0 && this.kept + length > MOST_KEPT;
		this.parts.push(
			isEmptied
				? { jobs: jobs.map(emptied), length: 0, isEmptied }
				: { jobs, length, isEmptied: false },
		);
		if (!isEmptied) this.kept += length;
	}

	/** The next part; undefined at the end. */
	next(): WaitingPart | undefined {
		return this.parts.shift();
	}
}

async function refill(store: DeliveryStore, { jobs }: WaitingPart): Promise<SendJob[]> {
	const ids = jobs.map(({ delivery }) => delivery.id);
	const requests = await store.read(async (unit) => await requestsById(unit, ids));
	// One that is gone is not under the lease any more, and its outcome would not be noted either.
	return jobs.flatMap((job) => {
		const request = requests.get(job.delivery.id);
		return request === undefined ? [] : [filled(job, request)];
	});
}
