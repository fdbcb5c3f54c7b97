import type { Channel, Outcome } from '../../lib/delivery/channel';
import type { Delivery } from '../../lib/delivery/delivery';
import { EndpointGates } from '../../lib/delivery/endpointGates';
import { PRESETS } from '../../lib/delivery/presets';
import { createRateLimiter } from '../../lib/delivery/rateLimiter';
import { send, type SenderOptions, type SenderReport } from '../../lib/delivery/sender';
import type { SenderInput } from '../../lib/delivery/senderTypes';
import type { ClaimedBatch, DeliveryStore } from '../../lib/store/deliveryStore';
import type { FakeClock } from './fakeClock';

let ids = 0;

/** What a scripted receiver answers; a number is a status. */
export type Answer = number | Partial<Outcome>;

/** A channel that answers as it is told and remembers what it was given. */
export class ScriptedChannel implements Channel {
	readonly sent: Delivery[] = [];
	underWay = 0;
	mostUnderWay = 0;

	constructor(
		private readonly clock: FakeClock,
		private readonly answer: (delivery: Delivery, nth: number) => Answer | Promise<Answer>,
	) {}

	get ids(): string[] {
		return this.sent.map((delivery) => delivery.id);
	}

	async attempt(delivery: Delivery): Promise<Outcome> {
		this.sent.push(delivery);
		this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
		const startedAt = this.clock.now();
		try {
			const answer = await this.answer(delivery, this.sent.length);
			const outcome = typeof answer === 'number' ? { statusCode: answer } : answer;
			return { startedAt, durationMs: 1, ...outcome };
		} finally {
			this.underWay--;
		}
	}
}

/** No complete answer came. */
export const RESET: Answer = { error: { code: 'ECONNRESET', message: 'connection reset' } };

/** Something that a test lets happen when it wants. */
export class Latch {
	open!: () => void;
	readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}

/** A delivery that no store knows yet. */
export function freshDelivery(overrides: Partial<Delivery> = {}): Delivery {
	return {
		id: `msg_f${String(++ids).padStart(7, '0')}`,
		kind: 'callback',
		name: 'test',
		request: { method: 'POST', url: 'https://a.example/hook', headers: {}, body: '{}' },
		attempt: 0,
		status: 'pending',
		...overrides,
	};
}

/** Deliveries as a sender's node hands them over. */
export function inputsOf(deliveries: readonly Delivery[]): SenderInput[] {
	return deliveries.map((delivery, index) => ({
		index,
		delivery,
		endpoint: delivery.request.url ? new URL(delivery.request.url).origin : '',
	}));
}

export const batchInputs = (batch: ClaimedBatch | undefined) =>
	inputsOf((batch?.deliveries ?? []).map((stored) => stored.delivery));

/** Settings of a sender of queue `q`; the gates are shared by all runs with these options. */
export function senderOptions(
	store: DeliveryStore,
	clock: FakeClock,
	channel: Channel,
	overrides: Partial<SenderOptions> = {},
): SenderOptions {
	return {
		store,
		clock,
		queue: 'q',
		workflowId: 'w',
		executionId: 'e',
		channel,
		policyOf: () => PRESETS.reactorCallback,
		concurrency: 10,
		limiter: createRateLimiter({ requestsPerSecond: 0, clock }),
		signal: new AbortController().signal,
		random: () => 0,
		gates: new EndpointGates(true),
		...overrides,
	};
}

/** Sends deliveries once with a scripted receiver. */
export async function sendAll(
	deliveries: readonly Delivery[],
	options: SenderOptions,
): Promise<SenderReport> {
	return await send(inputsOf(deliveries), options);
}
