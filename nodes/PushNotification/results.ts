import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { maskRequest } from '../../lib/delivery/masking';
import type { SenderResult } from '../../lib/delivery/senderTypes';
import {
	feedbackEvent,
	feedbackOf,
	isPlatform,
	type Followed,
	type TakenDelivery,
	type TakenExclusion,
	type TakenPushes,
} from '../../lib/push';
import { outputOf } from '../shared/senderOutputs';

export const OUTPUTS = 4;
const RETRYING = 1;
const EXCLUDED = 3;

interface Told {
	index: number;
	item: INodeExecutionData;
}

/** Shapes the outputs of a sender of notifications. */
export class Results {
	/** What is told by a hint alone. */
	readonly unusual: SenderResult[] = [];
	private readonly outputs: Told[][] = Array.from({ length: OUTPUTS }, () => []);
	private readonly results: SenderResult[] = [];
	private readonly taken = new Map<string, Omit<Followed, 'feedback'>>();
	private readonly items: INodeExecutionData[];

	/** @param masked false where retries come back to this node, whose request must stay as it is then */
	constructor(
		context: IExecuteFunctions,
		private readonly messageId: string,
		private readonly masked: boolean,
	) {
		this.items = context.getInputData();
	}

	/** The deliveries of which something is told. */
	get ids(): string[] {
		return this.results.map(({ delivery }) => delivery.id);
	}

	/** What became of requests before anything was sent. */
	take({ deliveries, excluded }: TakenPushes): void {
		for (const one of excluded) this.exclude(one);
		for (const one of deliveries) this.takeDelivery(one);
	}

	/** What became of a delivery. */
	add(result: SenderResult): void {
		const { kind } = result;
		if (kind === 'passed' || kind === 'duplicate' || kind === 'dropped') this.unusual.push(result);
		this.results.push(result);
	}

	/**
	 * The outputs, in the order of the input.
	 * @param followed what the store knows of the notifications
	 */
	toOutputs(followed: ReadonlyMap<string, Followed>): INodeExecutionData[][] {
		for (const result of this.results) this.tell(result, followed.get(result.delivery.id));
		return this.outputs.map((told) =>
			told.sort((a, b) => a.index - b.index).map(({ item }) => item),
		);
	}

	private takeDelivery(one: TakenDelivery): void {
		const { index, delivery, to, standing } = one;
		const { appId, platform, id: deviceId, profileKey, identity } = to;
		const { messageId } = this;
		this.taken.set(delivery.id, { messageId, appId, platform, deviceId, profileKey, identity });
		if (standing === 'held') {
			const reason = 'waits for an older notification of its collapse key';
			this.add({ index, kind: 'retrying', delivery: { ...delivery, reason } });
		} else if (standing === 'duplicate') {
			this.add({ index, kind: 'duplicate', delivery });
		} else if (standing === 'superseded') {
			const excluded = { reason: 'superseded', details: 'a newer one has the same collapse key' };
			this.push(EXCLUDED, index, { ...this.items[index]?.json, excluded });
		}
	}

	private tell(result: SenderResult, known: Followed | undefined): void {
		const output = outputOf(result);
		if (output === undefined) return;
		const { index, delivery } = result;
		const isShown = this.masked || output !== RETRYING;
		const whose = known ?? this.taken.get(delivery.id);
		const at = Date.parse(delivery.lastAttemptAt ?? '');
		const lastAttemptAt = Number.isNaN(at) ? undefined : at;
		const told = feedbackOf({ ...delivery, lastAttemptAt });
		// The store notes no attempt of what met a configuration error; the item has it.
		const isDelayed = result.kind === 'retrying' && delivery.error !== undefined;
		const feedback = isDelayed ? { ...known?.feedback, ...told } : (known?.feedback ?? told);
		const { messageId = delivery.eventId ?? '', platform, ...rest } = whose ?? {};
		const event = feedbackEvent(
			{
				executionId: delivery.id,
				messageId,
				...(isPlatform(platform) ? { platform } : {}),
				...rest,
			},
			feedback,
			lastAttemptAt ?? Date.now(),
		);
		this.push(output, index, {
			...this.items[index]?.json,
			delivery: isShown ? { ...delivery, request: maskRequest(delivery.request) } : delivery,
			...(whose ? { push: { messageId, platform, ...rest } } : {}),
			...(event ? { feedback: event } : {}),
		} as unknown as IDataObject);
	}

	private exclude({ index, executionId, exclusion, denylisted, ...whose }: TakenExclusion): void {
		const { code, reason, details } = exclusion;
		const { device, profileKey } = whose;
		const { messageId } = this;
		const identity = device?.identity?.id ? device.identity : undefined;
		const about = {
			...(profileKey === undefined ? {} : { profileKey }),
			...(identity ? { identity } : {}),
		};
		const feedback = {
			status: denylisted ? ('denylist' as const) : ('exclude' as const),
			code,
			reason: `${reason}: ${details}`,
			retryCount: 0,
		};
		const platform = device && { platform: device.platform };
		const event = feedbackEvent(
			{ executionId, messageId, ...about, ...platform },
			feedback,
			Date.now(),
		);
		const app = device && { appId: device.appId, deviceId: device.id };
		this.push(EXCLUDED, index, {
			...this.items[index]?.json,
			excluded: { code, reason, details, messageId, ...about, ...platform, ...app },
			feedback: event,
		} as unknown as IDataObject);
	}

	private push(output: number, index: number, json: IDataObject): void {
		this.outputs[output].push({ index, item: { json, pairedItem: { item: index } } });
	}
}
