import { readFileSync } from 'node:fs';
import { ensureHost } from '../../scripts/host/install.ts';
import type { Environment } from '../../scripts/host/environment.ts';
import { startN8n, type N8n } from '../../scripts/host/n8n.ts';
import { poll } from '../../scripts/host/poll.ts';
import {
	workflow,
	type Wire,
	type WorkflowJson,
	type WorkflowNode,
} from '../../scripts/host/workflow.ts';
import { compiledPackage } from './package.ts';
import { recordedRun } from './recordedRun.ts';
import { atEnd } from './temporary.ts';

const LONGEST_RUN_MS = 5 * 60_000;

/** A node of a workflow. */
export type NodeJson = Partial<WorkflowNode> & { name: string; type: string };

/** Starts an n8n of its own with the package in it, with n8n's default settings; it ends with the benches. */
export async function startBenchN8n(env: Environment = {}): Promise<N8n> {
	await ensureHost();
	const n8n = await startN8n({ packageDir: compiledPackage().dir, env });
	atEnd(async () => await n8n.remove());
	return n8n;
}

/** A published workflow that gets so many profiles as it is told and hands them to a node. */
export class ProfilesWorkflow {
	private readonly n8n: N8n;
	private readonly id: string;
	private readonly path: string;
	private readonly node: string;
	private last: string | undefined;
	private runs = 0;

	private constructor(n8n: N8n, id: string, path: string, node: string) {
		this.n8n = n8n;
		this.id = id;
		this.path = path;
		this.node = node;
	}

	/**
	 * @param source where the profiles come from
	 * @param others nodes that lead to the node as well
	 */
	static async publish(
		n8n: N8n,
		source: string,
		node: NodeJson,
		others: NodeJson[] = [],
	): Promise<ProfilesWorkflow> {
		const path = crypto.randomUUID();
		const { id } = await n8n.api.createWorkflow(profilesInto(path, source, node, others));
		await n8n.api.activate(id);
		await n8n.waitForWebhook(path);
		return new ProfilesWorkflow(n8n, id, path, node.name);
	}

	/** Runs it with so many profiles; gives the node's own execution time as n8n recorded it, in milliseconds. */
	async run(count: number): Promise<number> {
		const { api } = this.n8n;
		const answer = await fetch(this.n8n.webhookUrl(this.path), {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			// Other profiles than last time, so that each of them has changed.
			body: JSON.stringify({ count, version: ++this.runs }),
			signal: AbortSignal.timeout(LONGEST_RUN_MS),
		});
		await answer.arrayBuffer();
		if (!answer.ok) throw new Error(`${this.node}: ${count} profiles ended with ${answer.status}`);
		// It answers before it has saved the execution.
		const id = await poll(
			async () => {
				const [newest] = await api.listExecutions(this.id);
				return newest.id !== this.last && newest.stoppedAt ? newest.id : undefined;
			},
			{ timeoutMs: LONGEST_RUN_MS, what: `${count} profiles through ${this.node} to be saved` },
		);
		this.last = id;
		const run = recordedRun(this.n8n.userFolder, id, this.node);
		if (run.items !== count) {
			throw new Error(`${this.node}: ${run.items} of ${count} items were sent (execution ${id})`);
		}
		return run.executionTime;
	}
}

function profilesInto(
	path: string,
	source: string,
	node: NodeJson,
	others: NodeJson[],
): WorkflowJson {
	const wires: Wire[] = [
		['Webhook', 'Profiles'],
		['Profiles', node.name],
		...others.map(({ name }): Wire => [name, node.name]),
	];
	return workflow(
		`Bench ${node.name}`,
		[
			{
				name: 'Webhook',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				webhookId: crypto.randomUUID(),
				parameters: {
					path,
					httpMethod: 'POST',
					// Answered at the end: asking n8n meanwhile would take time from what is measured.
					responseMode: 'lastNode',
					responseData: 'noData',
					options: {},
				},
			},
			{
				name: 'Profiles',
				type: 'n8n-nodes-base.httpRequest',
				typeVersion: 4.2,
				parameters: {
					url: `=${source}?count={{ $json.body.count }}&version={{ $json.body.version }}`,
					options: {},
				},
			},
			node,
			...others,
		],
		wires,
	);
}

/** The resident memory of a process in megabytes: now, and at its highest. */
export function memoryOf(pid: number): { now: number; peak: number } {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	const megabytes = (name: string) =>
		Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN) / 1024;
	return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}
