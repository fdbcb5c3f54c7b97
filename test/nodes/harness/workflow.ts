import './environment';
import { ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	Workflow,
	type ICredentialDataDecryptedObject,
	type ICredentialsHelper,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type INodeType,
	type INodeTypes,
	type IRun,
	type IWorkflowBase,
	type IWorkflowExecuteAdditionalData,
	type IWorkflowSettings,
	type WorkflowExecuteMode,
} from 'n8n-workflow';
import { CallbackSubscribe } from '../../../nodes/CallbackSubscribe/CallbackSubscribe.node';
import { DeliveryLog } from '../../../nodes/DeliveryLog/DeliveryLog.node';
import { DeliveryQueueTrigger } from '../../../nodes/DeliveryQueueTrigger/DeliveryQueueTrigger.node';
import { HttpDelivery } from '../../../nodes/HttpDelivery/HttpDelivery.node';
import { HttpProfileDestination } from '../../../nodes/HttpProfileDestination/HttpProfileDestination.node';
import { PostbackTrigger } from '../../../nodes/PostbackTrigger/PostbackTrigger.node';
import { PushNotification } from '../../../nodes/PushNotification/PushNotification.node';
import { passThrough, waitForRetry } from './testNodes';

const TYPES: Record<string, INodeType> = {
	'n8n-nodes-postback.callbackSubscribe': new CallbackSubscribe(),
	'n8n-nodes-postback.httpDelivery': new HttpDelivery(),
	'n8n-nodes-postback.postbackTrigger': new PostbackTrigger(),
	'n8n-nodes-postback.httpProfileDestination': new HttpProfileDestination(),
	'n8n-nodes-postback.deliveryQueueTrigger': new DeliveryQueueTrigger(),
	'n8n-nodes-postback.deliveryLog': new DeliveryLog(),
	'n8n-nodes-postback.pushNotification': new PushNotification(),
	'test.noOp': passThrough,
	'test.wait': waitForRetry,
};

const nodeTypes: INodeTypes = {
	getByName: (type) => TYPES[type],
	getByNameAndVersion: (type) => TYPES[type],
	getKnownTypes: () => ({}),
};

export type TestNode = Pick<INode, 'name' | 'type'> & Partial<INode>;
/** From one node's output (the first unless told) to another. */
export type Wire = [from: string, to: string, output?: number];

export interface WorkflowRunOptions {
	nodes: TestNode[];
	wires: Wire[];
	/** Where the items come in. */
	start: string;
	items: IDataObject[];
	/** `trigger`, as in production, unless told. */
	mode?: WorkflowExecuteMode;
	/** Decrypted credentials by their types. */
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	workflowId?: string;
	settings?: IWorkflowSettings;
}

export interface WorkflowRun {
	status: string;
	error?: { message: string; description?: string | null; context?: IDataObject };
	/** What a node gave in one of its runs, the last unless told: one list for each output. */
	outputs(node: string, run?: number): INodeExecutionData[][];
	/** How often a node ran. */
	runs(node: string): number;
	hints(node: string): string[];
}

let executions = 0;

/** Runs a workflow through n8n's own engine. */
export function startWorkflow(options: WorkflowRunOptions): {
	done: Promise<WorkflowRun>;
	cancel: () => void;
	/** How often a credential was read and decrypted. */
	credentialReads: () => number;
} {
	const nodes = options.nodes.map(toNode);
	const workflow = new Workflow({
		id: options.workflowId ?? 'workflow-1',
		name: 'test',
		nodes,
		connections: connectionsOf(options.wires),
		active: false,
		nodeTypes,
		settings: options.settings ?? {},
	});
	const mode = options.mode ?? 'trigger';
	const reads = { count: 0 };
	const additionalData = additionalDataFor(workflow, mode, options.credentials ?? {}, reads);
	const startNode = workflow.getNode(options.start);
	if (!startNode) throw new Error(`There is no node ${options.start}`);
	const main = [options.items.map((json) => ({ json, pairedItem: { item: 0 } }))];
	const data = createRunExecutionData({
		executionData: { nodeExecutionStack: [{ node: startNode, data: { main }, source: null }] },
	});
	const running = new WorkflowExecute(additionalData, mode, data).processRunExecutionData(workflow);
	return {
		done: running.then(toResult),
		cancel: () => running.cancel(),
		credentialReads: () => reads.count,
	};
}

export const runWorkflow = async (options: WorkflowRunOptions): Promise<WorkflowRun> =>
	await startWorkflow(options).done;

function toNode({ name, type, ...rest }: TestNode): INode {
	return {
		id: `id of ${name}`,
		name,
		type,
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
		...rest,
	};
}

function connectionsOf(wires: readonly Wire[]): IWorkflowBase['connections'] {
	const connections: IWorkflowBase['connections'] = {};
	for (const [from, to, output = 0] of wires) {
		const main = ((connections[from] ??= { main: [] }).main ??= []);
		while (main.length <= output) main.push([]);
		main[output]?.push({ node: to, type: 'main', index: 0 });
	}
	return connections;
}

function additionalDataFor(
	workflow: Workflow,
	mode: WorkflowExecuteMode,
	credentials: Record<string, ICredentialDataDecryptedObject>,
	reads: { count: number },
): IWorkflowExecuteAdditionalData {
	const executionId = String(++executions);
	const credentialsHelper: Partial<ICredentialsHelper> = {
		isCredentialUsableByNode: () => true,
		getParentTypes: () => [],
		getDecrypted: async (_data, _details, type) => {
			reads.count++;
			if (!(type in credentials)) throw new Error(`There is no credential ${type}`);
			return credentials[type];
		},
	};
	const now = new Date(0);
	const { id, name } = workflow;
	const workflowData: IWorkflowBase = {
		id,
		name: name ?? '',
		active: false,
		isArchived: false,
		activeVersionId: null,
		createdAt: now,
		updatedAt: now,
		nodes: Object.values(workflow.nodes),
		connections: workflow.connectionsBySourceNode,
	};
	const known: Partial<IWorkflowExecuteAdditionalData> = {
		credentialsHelper: credentialsHelper as ICredentialsHelper,
		executionId,
		currentNodeExecutionIndex: 0,
		hooks: new ExecutionLifecycleHooks(mode, executionId, workflowData),
		variables: {},
		webhookBaseUrl: 'http://localhost/webhook',
		webhookWaitingBaseUrl: 'http://localhost/webhook-waiting',
		formWaitingBaseUrl: 'http://localhost/form-waiting',
	};
	return known as IWorkflowExecuteAdditionalData;
}

function toResult({ status, data }: IRun): WorkflowRun {
	const { runData, error } = data.resultData;
	const task = (node: string, run?: number) => (runData[node] ?? []).at(run ?? -1);
	return {
		status,
		...(error ? { error: error as unknown as WorkflowRun['error'] } : {}),
		outputs: (node, run) => (task(node, run)?.data?.main ?? []).map((items) => items ?? []),
		runs: (node) => (runData[node] ?? []).length,
		hints: (node) => (task(node)?.hints ?? []).map(({ message }) => message),
	};
}
