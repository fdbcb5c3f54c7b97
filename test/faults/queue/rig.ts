import type { N8n } from '../../../scripts/host/n8n.ts';
import type { WorkflowJson, WorkflowNode } from '../../../scripts/host/workflow.ts';
import { spineWorkflow } from '../../e2e/harness/spine.ts';
import { conclude } from '../support/conclude.ts';
import type { FaultContext, Tally } from '../support/fault.ts';
import { Poster } from '../support/poster.ts';
import type { PostgresServer } from '../support/postgres.ts';
import { FaultyReceiver } from '../support/receiver.ts';
import { SCHEMA, sharedCluster, STORE, storeCredential, type Cluster } from './cluster.ts';

export interface WorkflowOptions {
	senderOptions?: Record<string, unknown>;
	/** Other fields of the postback. */
	postback?: Record<string, unknown>;
}

/** The example's workflow with the store in PostgreSQL. */
export function postgresWorkflow(
	hook: string,
	receiver: FaultyReceiver,
	credential: { id: string; name: string },
	{ senderOptions = {}, postback = {} }: WorkflowOptions = {},
): WorkflowJson {
	const json = spineWorkflow({
		name: hook,
		path: hook,
		postbacks: [{ name: hook, url: `${receiver.url}/?n={n}`, ...postback }],
		trigger: { settings: { deduplicateBy: 'header' } },
		senderOptions,
		settings: { saveDataSuccessExecution: 'none' },
	});
	return { ...json, nodes: withStore(json.nodes, credential) };
}

/** Nodes of which ours have a Delivery Store credential. */
export function withStore(
	nodes: readonly WorkflowNode[],
	{ id, name }: { id: string; name: string },
): WorkflowNode[] {
	return nodes.map((node) =>
		node.type.startsWith('n8n-nodes-postback.')
			? { ...node, credentials: { deliveryStoreApi: { id, name } } }
			: node,
	);
}

/** Makes the credential of a store behind a port. */
export async function makeStoreCredential(n8n: N8n, port: number) {
	return await n8n.api.createCredential('Store', 'deliveryStoreApi', storeCredential(port));
}

/** What a store says of the messages of one receiver. */
export async function readStoreOf(server: PostgresServer, receiver: FaultyReceiver) {
	return await server.readStore(STORE, SCHEMA, receiver.url);
}

/** A workflow of its own in the shared cluster, with its receiver and its poster. */
export class QueueRig {
	readonly context: FaultContext;
	readonly cluster: Cluster;
	readonly receiver: FaultyReceiver;
	readonly poster: Poster;
	private readonly hook: string;

	private constructor(
		context: FaultContext,
		cluster: Cluster,
		receiver: FaultyReceiver,
		hook: string,
	) {
		this.context = context;
		this.cluster = cluster;
		this.receiver = receiver;
		this.hook = hook;
		const name = `seed-${context.seed}`;
		this.poster = new Poster({ url: cluster.main.webhookUrl(hook), name });
	}

	/** @param hook the name of the fault, unlike every other */
	static async start(context: FaultContext, hook: string): Promise<QueueRig> {
		const cluster = await sharedCluster(context.atLast);
		const receiver = await FaultyReceiver.start();
		context.atEnd(async () => await receiver.close());
		const { api } = cluster.main;
		const credential = await makeStoreCredential(cluster.main, cluster.store.port);
		const json = postgresWorkflow(hook, receiver, credential);
		const { id } = await api.createWorkflow(json);
		await api.activate(id);
		context.atEnd(async () => {
			await cluster.heal();
			await api.deactivate(id);
		});
		const rig = new QueueRig(context, cluster, receiver, hook);
		context.atEnd(async () => await rig.poster.stop());
		await cluster.main.waitForWebhook(hook);
		return rig;
	}

	/** Starts main again and waits until it takes hits. */
	async startMainAgain(): Promise<void> {
		await this.cluster.main.start();
		await this.cluster.main.waitForWebhook(this.hook);
	}

	async conclude(timeoutMs: number): Promise<Tally> {
		const { context, receiver, poster, cluster } = this;
		const read = async () => await readStoreOf(cluster.store, receiver);
		const receivers = [receiver];
		return await conclude({ context, receivers, owed: poster.owed, read, timeoutMs });
	}
}
