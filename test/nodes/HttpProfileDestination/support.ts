import type { ICredentialDataDecryptedObject, IDataObject, INode } from 'n8n-workflow';
import type { Delivery } from '../../../lib/delivery/delivery';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { backfillsIdle } from '../../../nodes/shared/backfills';
import { forgetSeat, takeSeat } from '../../../nodes/shared/queue';
import { embeddedStore, testNode } from '../harness/contexts';
import {
	startWorkflow,
	type TestNode,
	type Wire,
	type WorkflowRun,
	type WorkflowRunOptions,
} from '../harness/workflow';

export const DESTINATION = 'HTTP Profile Destination';
export const DELIVERED = 0;
export const RETRY = 1;
export const DEAD = 2;
export const NOT_EXPORTED = 3;

export interface DestinationRun {
	items: unknown[];
	url?: string;
	parameters?: Record<string, unknown>;
	options?: IDataObject;
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	mode?: WorkflowRunOptions['mode'];
	node?: Partial<INode>;
	nodes?: TestNode[];
	wires?: Wire[];
	workflowId?: string;
}

/** The parameters of a destination with audience `x` and the attribute `person.name`. */
export const parametersFor = ({ url, parameters, options }: DestinationRun): IDataObject => ({
	endpoint: url ?? '',
	profileKey: 'ecid',
	audiences: { audience: [{ id: 'x' }] },
	attributes: ['person.name'],
	...(parameters as IDataObject),
	options: { allowedHosts: '127.0.0.1', ...options },
});

/** One HTTP Profile Destination behind a start node; loopback is opened to it. */
function destinationWorkflow(run: DestinationRun): WorkflowRunOptions {
	const credentials = run.credentials ?? {};
	return {
		start: 'Start',
		items: run.items as IDataObject[],
		credentials,
		nodes: [
			{ name: 'Start', type: 'test.noOp' },
			{
				name: DESTINATION,
				type: 'n8n-nodes-postback.httpProfileDestination',
				parameters: parametersFor(run) as INode['parameters'],
				credentials: Object.fromEntries(
					Object.keys(credentials).map((type) => [type, { id: '1', name: `my ${type}` }]),
				),
				...run.node,
			},
			...(run.nodes ?? []),
		],
		wires: [['Start', DESTINATION], ...(run.wires ?? [])],
		...(run.mode ? { mode: run.mode } : {}),
		...(run.workflowId ? { workflowId: run.workflowId } : {}),
	};
}

export const startDestination = (run: DestinationRun) => startWorkflow(destinationWorkflow(run));

export async function runDestination(run: DestinationRun): Promise<WorkflowRun> {
	const done = await startDestination(run).done;
	await backfillsIdle();
	return done;
}

const trigger = testNode({ id: 'queue-trigger', name: 'Delivery Queue Trigger' });

/** The queue's trigger is there, as after publication. */
export async function serveQueue(workflowId: string, queue = workflowId): Promise<DeliveryStore> {
	const store = await embeddedStore();
	const seat = { queue, role: 'trigger', workflowId };
	forgetSeat(trigger, store, seat);
	await takeSeat(trigger, store, seat);
	return store;
}

export const jsonAt = (run: WorkflowRun, output: number): IDataObject[] =>
	(run.outputs(DESTINATION)[output] ?? []).map(({ json }) => json);

export const deliveriesAt = (run: WorkflowRun, output: number): Delivery[] =>
	jsonAt(run, output).map(({ delivery }) => delivery as unknown as Delivery);

/** How many items each output has. */
export const counts = (run: WorkflowRun): number[] =>
	run.outputs(DESTINATION).map((items) => items.length);

/** Deliveries as the queue trigger would emit them: due and leased. */
export async function emitted(store: DeliveryStore, queue: string): Promise<IDataObject[]> {
	const batch = await store.claim(`queue:${queue}`, 1_000);
	return (batch?.deliveries ?? []).map(({ delivery }) => ({ delivery }) as never);
}
