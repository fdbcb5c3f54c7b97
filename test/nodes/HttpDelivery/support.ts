import type { ICredentialDataDecryptedObject, IDataObject, INode } from 'n8n-workflow';
import type { Delivery } from '../../../lib/delivery/delivery';
import { newDeliveryId } from '../../../lib/delivery/identifiers';
import {
	runWorkflow,
	startWorkflow,
	type TestNode,
	type Wire,
	type WorkflowRun,
	type WorkflowRunOptions,
} from '../harness/workflow';

export const SENDER = 'HTTP Delivery';

/** A delivery as a trigger of this package would give it. */
export function delivery(url: string, overrides: Partial<Delivery> = {}): IDataObject {
	const made: Delivery = {
		id: newDeliveryId(),
		kind: 'callback',
		name: 'test',
		request: { method: 'GET', url, headers: {} },
		attempt: 0,
		status: 'pending',
		...overrides,
	};
	return { delivery: made } as unknown as IDataObject;
}

export interface SenderOptions {
	items: IDataObject[];
	parameters?: IDataObject;
	options?: IDataObject;
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	mode?: WorkflowRunOptions['mode'];
	node?: Partial<INode>;
	/** Nodes and wires beside the sender. */
	nodes?: TestNode[];
	wires?: Wire[];
	workflowId?: string;
	settings?: WorkflowRunOptions['settings'];
}

/** One HTTP Delivery behind a start node; loopback is opened to it. */
export function senderWorkflow(options: SenderOptions): WorkflowRunOptions {
	const credentials = options.credentials ?? {};
	return {
		start: 'Start',
		items: options.items,
		credentials,
		nodes: [
			{ name: 'Start', type: 'test.noOp' },
			{
				name: SENDER,
				type: 'n8n-nodes-postback.httpDelivery',
				parameters: {
					source: 'items',
					retries: 'output',
					...(options.parameters as INode['parameters']),
					options: {
						allowedHosts: '127.0.0.1',
						...(options.options as INode['parameters']),
					},
				},
				credentials: Object.fromEntries(
					Object.keys(credentials).map((type) => [type, { id: '1', name: `my ${type}` }]),
				),
				...options.node,
			},
			...(options.nodes ?? []),
		],
		wires: [['Start', SENDER], ...(options.wires ?? [])],
		...(options.mode ? { mode: options.mode } : {}),
		...(options.settings ? { settings: options.settings } : {}),
		...(options.workflowId ? { workflowId: options.workflowId } : {}),
	};
}

export const runSender = async (options: SenderOptions): Promise<WorkflowRun> =>
	await runWorkflow(senderWorkflow(options));

export const startSender = (options: SenderOptions) => startWorkflow(senderWorkflow(options));

/** The deliveries at one output of the sender. */
export const deliveriesAt = (run: WorkflowRun, output: number, of?: number): Delivery[] =>
	(run.outputs(SENDER, of)[output] ?? []).map(({ json }) => json.delivery as unknown as Delivery);

export const DELIVERED = 0;
export const RETRY = 1;
export const DEAD = 2;
