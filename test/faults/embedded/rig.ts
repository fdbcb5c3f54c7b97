import { nodeOf } from '../../../scripts/host/client.ts';
import { N8n } from '../../../scripts/host/n8n.ts';
import { spineWorkflow, type PostbackFields } from '../../e2e/harness/spine.ts';
import { conclude } from '../support/conclude.ts';
import type { FaultContext, Tally } from '../support/fault.ts';
import { Poster, type PosterOptions } from '../support/poster.ts';
import { FaultyReceiver } from '../support/receiver.ts';
import { readStoreFile, storeFile } from '../support/storeFile.ts';

/** Waits of the retry schedule and pauses are multiplied by this. */
export const TIME_SCALE = '0.02';
const HOOK = 'faults';

export interface RigOptions {
	env?: Record<string, string>;
	/** Done when the user folder is there and n8n has not started yet. */
	prepare?: (n8n: N8n, receiver: FaultyReceiver) => Promise<void> | void;
	senderOptions?: Record<string, unknown>;
	/** Further postbacks, which go to receivers of their own. */
	elsewhere?: { postback: PostbackFields; receiver: FaultyReceiver }[];
	/** Other fields of the first postback. */
	postback?: Partial<PostbackFields>;
	hitOf?: PosterOptions['hitOf'];
	/** The number of the first hit. */
	firstHit?: number;
	/** The queue of sender and trigger, other than the workflow's own. */
	queue?: string;
}

/** One n8n with the embedded store, a workflow that sends each hit to a receiver, and both ends of it. */
export class EmbeddedRig {
	readonly poster: Poster;
	readonly context: FaultContext;
	readonly n8n: N8n;
	readonly receiver: FaultyReceiver;
	/** Of the workflow, once it is published. */
	workflowId = '';

	private readonly receivers: FaultyReceiver[];

	private constructor(
		context: FaultContext,
		n8n: N8n,
		receiver: FaultyReceiver,
		{ elsewhere = [], hitOf, firstHit: first }: RigOptions,
	) {
		this.context = context;
		this.n8n = n8n;
		this.receiver = receiver;
		this.receivers = [receiver, ...elsewhere.map((one) => one.receiver)];
		const name = `seed-${context.seed}`;
		const url = n8n.webhookUrl(HOOK);
		this.poster = new Poster({ url, name, ...(hitOf && { hitOf }), ...(first && { first }) });
	}

	/** Starts all of it; it ends with the fault. */
	static async start(context: FaultContext, options: RigOptions = {}): Promise<EmbeddedRig> {
		const receiver = await FaultyReceiver.start();
		context.atEnd(async () => await receiver.close());
		const env = { N8N_POSTBACK_TIME_SCALE: TIME_SCALE, N8N_DISABLE_UI: 'true', ...options.env };
		const n8n = await N8n.prepare({ env });
		context.atEnd(async () => {
			await n8n.kill();
			await n8n.remove();
		});
		await options.prepare?.(n8n, receiver);
		await n8n.start();
		const rig = new EmbeddedRig(context, n8n, receiver, options);
		context.atEnd(async () => await rig.poster.stop());
		const queue = options.queue === undefined ? {} : { queue: options.queue };
		const json = spineWorkflow({
			path: HOOK,
			postbacks: [
				{ name: HOOK, url: `${receiver.url}/?n={n}`, ...options.postback },
				...(options.elsewhere ?? []).map(({ postback }) => postback),
			],
			trigger: { settings: { deduplicateBy: 'header' } },
			senderOptions: { ...options.senderOptions, ...queue },
			settings: { saveDataSuccessExecution: 'none' },
		});
		nodeOf(json, 'Delivery Queue Trigger').parameters = { options: queue };
		const { id } = await n8n.api.createWorkflow(json);
		await n8n.api.activate(id);
		rig.workflowId = id;
		await n8n.waitForWebhook(HOOK);
		return rig;
	}

	get file(): string {
		return storeFile(this.n8n.userFolder);
	}

	/** Starts an n8n that has ended, and waits until it takes hits. */
	async startAgain(): Promise<void> {
		await this.n8n.start();
		await this.n8n.waitForWebhook(HOOK);
	}

	/** @param others messages that are owed beside those of the poster */
	async conclude(timeoutMs: number, others: readonly number[] = []): Promise<Tally> {
		const { context, receivers, poster } = this;
		const read = () => readStoreFile(this.file);
		const owed = [...others, ...poster.owed];
		return await conclude({ context, receivers, owed, read, timeoutMs });
	}
}
