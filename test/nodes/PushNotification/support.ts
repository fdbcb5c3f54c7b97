import type { IDataObject, INode } from 'n8n-workflow';
import type { Delivery } from '../../../lib/delivery/delivery';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { forgetSeat, takeSeat } from '../../../nodes/shared/queue';
import type { ApnsTestServer } from '../../lib/push/support/apnsServer';
import type { FcmTestServer } from '../../lib/push/support/fcmServer';
import { newP8, serviceAccount } from '../../lib/push/support/keys';
import { embeddedStore, testNode } from '../harness/contexts';
import { runWorkflow, type WorkflowRun, type WorkflowRunOptions } from '../harness/workflow';

export const PUSH = 'Push Notification';
export const DELIVERED = 0;
export const RETRY = 1;
export const DEAD = 2;
export const EXCLUDED = 3;
export const APP = 'com.example.app';
export const ANDROID_APP = 'com.example.android';

const P8 = newP8();

/** Credentials for local servers. */
export function credentialsFor(apns: ApnsTestServer, fcm: FcmTestServer) {
	return {
		postbackApnsApi: {
			privateKey: P8,
			keyId: 'KEY1234567',
			teamId: 'TEAM123456',
			bundleId: APP,
			environment: 'production',
			server: apns.origin,
			allowedHosts: '127.0.0.1',
			authorities: apns.ca,
		},
		postbackFcmApi: {
			serviceAccountPrivateKey: JSON.stringify(serviceAccount(fcm.origin)),
			appIds: ANDROID_APP,
			server: fcm.origin,
			allowedHosts: '127.0.0.1',
			authorities: '',
		},
	};
}

export interface PushRun {
	parameters?: Record<string, unknown>;
	items?: unknown[];
	credentials?: WorkflowRunOptions['credentials'];
	mode?: WorkflowRunOptions['mode'];
	workflowId?: string;
	node?: Partial<INode>;
}

/** Runs one Push Notification behind a start node. */
export async function runPush(run: PushRun): Promise<WorkflowRun> {
	const { credentials = {}, items = [{}] } = run;
	return await runWorkflow({
		start: 'Start',
		items: items as IDataObject[],
		credentials,
		nodes: [
			{ name: 'Start', type: 'test.noOp' },
			{
				name: PUSH,
				type: 'n8n-nodes-postback.pushNotification',
				parameters: { operation: 'send', ...run.parameters } as INode['parameters'],
				credentials: Object.fromEntries(
					Object.keys(credentials).map((type) => [type, { id: '1', name: `my ${type}` }]),
				),
				...run.node,
			},
		],
		wires: [['Start', PUSH]],
		...(run.mode ? { mode: run.mode } : {}),
		...(run.workflowId ? { workflowId: run.workflowId } : {}),
	});
}

const trigger = testNode({ id: 'queue-trigger', name: 'Delivery Queue Trigger' });

/** The queue's trigger is there, as after publication. */
export async function serveQueue(workflowId: string): Promise<DeliveryStore> {
	const store = await embeddedStore();
	const seat = { queue: workflowId, role: 'trigger', workflowId };
	forgetSeat(trigger, store, seat);
	await takeSeat(trigger, store, seat);
	return store;
}

export const jsonAt = (run: WorkflowRun, output = 0): IDataObject[] =>
	(run.outputs(PUSH)[output] ?? []).map(({ json }) => json);

export const deliveriesAt = (run: WorkflowRun, output: number): Delivery[] =>
	jsonAt(run, output).map(({ delivery }) => delivery as unknown as Delivery);

/** How many items each output has. */
export const counts = (run: WorkflowRun): number[] =>
	run.outputs(PUSH).map((items) => items.length);

/** Deliveries as the queue trigger would emit them: due and leased. */
export async function emitted(store: DeliveryStore, queue: string): Promise<IDataObject[]> {
	const batch = await store.claim(`queue:${queue}`, 1_000);
	return (batch?.deliveries ?? []).map(({ delivery }) => ({ delivery }) as never);
}
