import { createRequire } from 'node:module';
import { join } from 'node:path';
import { hostDir } from '../paths.ts';
import { poll } from './poll.ts';
import type { WorkflowJson, WorkflowNode } from './workflow.ts';

/** Who owns an n8n that is started from here; good for loopback only. */
export const OWNER = {
	email: 'owner@example.com',
	firstName: 'Demo',
	lastName: 'Owner',
	password: 'Postback-demo-1',
};

/** A workflow as n8n keeps it. */
export interface SavedWorkflow extends WorkflowJson {
	id: string;
	versionId: string;
	active: boolean;
	activeVersionId: string | null;
}

/** An execution as a line in the list of executions. */
export interface ExecutionSummary {
	id: string;
	workflowId: string;
	status: 'new' | 'running' | 'waiting' | 'success' | 'error' | 'canceled' | 'crashed' | 'unknown';
	mode: string;
	startedAt: string;
	stoppedAt?: string;
	waitTill?: string | null;
}

/** One item on a wire. */
export interface Item {
	json: Record<string, unknown>;
	pairedItem?: unknown;
	binary?: unknown;
	error?: unknown;
}

/** One run of a node within an execution. */
export interface NodeRun {
	startTime: number;
	executionTime: number;
	executionStatus: string;
	hints?: Array<{ message: string }>;
	error?: { message: string; description?: string; [key: string]: unknown };
	/** Items by output: `data.main[output][item]`. */
	data?: { main: Array<Item[] | null> };
}

/** An execution with everything that its nodes made. */
export interface Execution extends ExecutionSummary {
	data: {
		resultData: {
			runData: Record<string, NodeRun[]>;
			error?: { message: string; [key: string]: unknown };
			lastNodeExecuted?: string;
		};
		[key: string]: unknown;
	};
}

/** How far n8n is with publishing a workflow. */
export interface PublicationStatus {
	status: 'in_progress' | 'not_published' | 'published' | 'partial' | 'failed';
	liveVersionId: string | null;
	pendingVersionId: string | null;
	triggers: Array<{ nodeId: string; status: string; errorMessage: string | null }>;
}

/** An answer of n8n that is no success. */
export class N8nError extends Error {
	readonly statusCode: number;

	constructor(statusCode: number, message: string) {
		super(message);
		this.statusCode = statusCode;
	}
}

/** The calls that n8n's editor makes, as the owner of the instance. */
export class N8nClient {
	private cookie = '';
	readonly url: string;

	constructor(url: string) {
		this.url = url;
	}

	/** A request to any address of n8n, as the owner. */
	async fetch(path: string, init: RequestInit = {}): Promise<Response> {
		const headers = { ...(init.headers as Record<string, string>), cookie: this.cookie };
		return await fetch(this.url + path, { ...init, headers });
	}

	/** One call to n8n's internal API; returns what stands under `data`. */
	async call<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
		const response = await this.fetch(`/rest${path}`, {
			method,
			headers: { 'content-type': 'application/json' },
			body: body === undefined ? undefined : JSON.stringify(body),
			signal: AbortSignal.timeout(60_000),
		});
		const text = await response.text();
		if (!response.ok) {
			throw new N8nError(response.status, `${method} /rest${path}: ${response.status} ${text}`);
		}
		const [cookie] = response.headers.getSetCookie();
		if (cookie) this.cookie = cookie.split(';')[0];
		return (text ? (JSON.parse(text) as { data: T }).data : undefined) as T;
	}

	/** Makes the owner on a new instance, logs in on one that has its owner. */
	async logIn(): Promise<void> {
		try {
			await this.call('POST', '/owner/setup', OWNER);
		} catch (error) {
			if (!(error instanceof N8nError && error.statusCode === 400)) throw error;
			const { email, password } = OWNER;
			await this.call('POST', '/login', { emailOrLdapLoginId: email, password });
		}
	}

	/** Saves a new workflow, unpublished. An `id` in it is kept if it is free. */
	async createWorkflow(json: WorkflowJson): Promise<SavedWorkflow> {
		return await this.call('POST', '/workflows', json);
	}

	/** Changes a saved workflow; what is published stays as it was until `activate`. */
	async updateWorkflow(id: string, change: Partial<WorkflowJson>): Promise<SavedWorkflow> {
		const { versionId } = await this.getWorkflow(id);
		return await this.call('PATCH', `/workflows/${id}`, { ...change, versionId });
	}

	async getWorkflow(id: string): Promise<SavedWorkflow> {
		return await this.call('GET', `/workflows/${id}`);
	}

	async listWorkflows(): Promise<Array<{ id: string; name: string; active: boolean }>> {
		return await this.call('GET', '/workflows');
	}

	/** Unpublishes and deletes a workflow. */
	async deleteWorkflow(id: string): Promise<void> {
		await this.call('POST', `/workflows/${id}/archive`);
		await this.call('DELETE', `/workflows/${id}`);
	}

	async publicationStatus(id: string): Promise<PublicationStatus> {
		return await this.call('GET', `/workflows/${id}/publication-status`);
	}

	/**
	 * Publishes the saved version of a workflow and waits until its triggers run. Throws with the
	 * triggers' own messages when one of them refuses.
	 */
	async activate(id: string, timeoutMs = 60_000): Promise<PublicationStatus> {
		const { versionId } = await this.getWorkflow(id);
		await this.call('POST', `/workflows/${id}/activate`, { versionId });
		const status = await this.settled(id, timeoutMs);
		if (status.status !== 'published') {
			const reasons = status.triggers.map(({ errorMessage }) => errorMessage).filter(Boolean);
			throw new Error(`Workflow ${id} is ${status.status}: ${reasons.join('; ')}`);
		}
		return status;
	}

	/** Unpublishes a workflow and waits until its triggers are closed. */
	async deactivate(id: string, timeoutMs = 60_000): Promise<void> {
		await this.call('POST', `/workflows/${id}/deactivate`, {});
		await this.settled(id, timeoutMs);
	}

	private async settled(id: string, timeoutMs: number): Promise<PublicationStatus> {
		return await poll(
			async () => {
				const status = await this.publicationStatus(id);
				return status.status !== 'in_progress' && status;
			},
			{ timeoutMs, what: `the publication of workflow ${id}` },
		);
	}

	/**
	 * Starts a manual run from a trigger, or of all that leads to a destination node. A trigger that
	 * waits for a test request gives `waitingForWebhook`.
	 */
	async runManually(
		id: string,
		start: { trigger: string; destination?: string } | { destination: string },
	): Promise<{ executionId?: string; waitingForWebhook?: boolean }> {
		return await this.call('POST', `/workflows/${id}/run`, {
			...('trigger' in start && { triggerToStartFrom: { name: start.trigger } }),
			...(start.destination !== undefined && {
				destinationNode: { nodeName: start.destination, mode: 'inclusive' },
			}),
		});
	}

	/** The newest executions, of one workflow or of all, newest first; 100 at most. */
	async listExecutions(workflowId?: string, status?: string[]): Promise<ExecutionSummary[]> {
		const filter = JSON.stringify({ workflowId, status });
		const query = new URLSearchParams({ filter, limit: '100' });
		const found = await this.call<{ results: ExecutionSummary[] }>('GET', `/executions?${query}`);
		return found.results;
	}

	/** The same once none is under way any more: what was sent is settled before its execution is over. */
	async finishedExecutions(workflowId: string): Promise<ExecutionSummary[]> {
		return await poll(
			async () => {
				const found = await this.listExecutions(workflowId);
				return found.every(({ status }) => status !== 'new' && status !== 'running') && found;
			},
			{ timeoutMs: 60_000, what: `the end of the executions of workflow ${workflowId}` },
		);
	}

	/** An execution with the items that went over its wires. */
	async getExecution(id: string): Promise<Execution> {
		const found = await this.call<ExecutionSummary & { data: string }>('GET', `/executions/${id}`);
		// n8n's own copy of the library, so that the format is always the one that n8n writes.
		const require = createRequire(join(hostDir(), 'package.json'));
		const { parse } = require('flatted') as { parse: (text: string) => Execution['data'] };
		return { ...found, data: parse(found.data) };
	}

	/** Waits until an execution has come to an end (a waiting one has not). */
	async waitForExecution(id: string, timeoutMs = 60_000): Promise<Execution> {
		await poll(
			async () => {
				const { status } = await this.call<ExecutionSummary>('GET', `/executions/${id}`);
				return !['new', 'running', 'waiting', 'unknown'].includes(status);
			},
			{ timeoutMs, what: `the end of execution ${id}` },
		);
		return await this.getExecution(id);
	}

	/** What the editor's Stop button does. */
	async stopExecution(id: string): Promise<ExecutionSummary> {
		return await this.call('POST', `/executions/${id}/stop`);
	}

	async createCredential(
		name: string,
		type: string,
		data: Record<string, unknown>,
	): Promise<{ id: string; name: string }> {
		return await this.call('POST', '/credentials', { name, type, data });
	}

	/** Runs a credential's test, as saving it in the editor does. */
	async testCredential(credential: {
		id: string;
		name: string;
		type: string;
		data?: Record<string, unknown>;
	}): Promise<{ status: 'OK' | 'Error'; message: string }> {
		return await this.call('POST', '/credentials/test', { credentials: credential });
	}
}

/** The items on an output of a node's last run in an execution. */
export function itemsOf(execution: Execution, node: string, output = 0): Item[] {
	const run = execution.data.resultData.runData[node]?.at(-1);
	return run?.data?.main[output] ?? [];
}

/** The parameters of a node in a workflow, by the node's name. */
export function nodeOf(json: WorkflowJson, name: string): WorkflowNode {
	const node = json.nodes.find((candidate) => candidate.name === name);
	if (!node) throw new Error(`No node "${name}" in workflow "${json.name}"`);
	return node;
}
