import type { IDataObject } from 'n8n-workflow';
import { insertDeliveries } from '../../../lib/store/insert';
import { queueConsumer } from '../../../lib/store/lines';
import { queueService } from '../../../lib/store/queues';
import { DeliveryQueueTrigger } from '../../../nodes/DeliveryQueueTrigger/DeliveryQueueTrigger.node';
import '../harness/environment';
import { embeddedStore } from '../harness/contexts';
import { triggerContext, type TriggerContextOptions } from '../harness/triggerContext';
import { newDelivery } from '../../support/stores';

let workflowId: string;
let workflows = 0;
const closing: (() => Promise<void>)[] = [];

beforeEach(() => (workflowId = `workflow-${++workflows}`));
afterEach(async () => await Promise.all(closing.splice(0).map(async (close) => await close())));

async function start(options: IDataObject = {}, more: TriggerContextOptions = {}) {
	const trigger = triggerContext({
		workflowId,
		activationMode: 'activate',
		parameters: { options } as TriggerContextOptions['parameters'],
		...more,
		node: { name: 'Queue', type: 'n8n-nodes-postback.deliveryQueueTrigger', ...more.node },
	});
	const response = await new DeliveryQueueTrigger().trigger.call(trigger.context);
	const close = async () => await response.closeFunction?.();
	closing.push(async () => {
		await close();
		trigger.endAll();
	});
	return { ...trigger, response, close };
}

async function insert(queue: string, count: number): Promise<string[]> {
	const consumer = queueConsumer(queue);
	const store = await embeddedStore();
	const rows = Array.from({ length: count }, () => newDelivery({ queue, consumer }));
	await store.write(async (unit) => await insertDeliveries(unit, rows));
	store.wake(consumer, count);
	return rows.map(({ id }) => id);
}

async function stateOf(queue: string) {
	const store = await embeddedStore();
	return await store.read(async (unit) => await queueService(unit, queue, store.boot));
}

test("serves the workflow's own queue, and no other", async () => {
	const { emitted } = await start();
	await insert('another', 1);
	const ids = await insert(workflowId, 2);
	const [batch] = await emitted(1);
	expect(batch.deliveries.map(({ id }) => id).sort()).toEqual(ids.sort());
	expect(await stateOf(workflowId)).toMatchObject({ state: 'served', nodeName: 'Queue' });
});

test('serves the queue that Options names', async () => {
	const { emitted } = await start({ queue: `named-${workflowId}` });
	await insert(`named-${workflowId}`, 1);
	expect(await emitted(1)).toHaveLength(1);
	expect(await stateOf(workflowId)).toEqual({ state: 'unserved' });
});

test('Batch Size bounds what one execution gets', async () => {
	await insert(workflowId, 5);
	const { emitted } = await start({ batchSize: 3 });
	const batches = await emitted(2);
	expect(batches.map(({ deliveries }) => deliveries.length)).toEqual([3, 2]);
});

test('deactivation gives the queue back at once', async () => {
	const { close } = await start();
	await close();
	expect(await stateOf(workflowId)).toEqual({ state: 'unserved' });
	await start({}, { node: { id: 'another node' } });
	expect(await stateOf(workflowId)).toMatchObject({ state: 'served' });
});

describe('refused at publication', () => {
	test('a second trigger of one queue', async () => {
		await start();
		await expect(start({}, { node: { id: 'second' } })).rejects.toThrow(
			`The queue "${workflowId}" is used by the node "Queue" already`,
		);
	});

	test('a queue of another workflow', async () => {
		const queue = workflowId;
		await start();
		workflowId = `${workflowId}-other`;
		await expect(start({ queue }, { node: { id: 'second' } })).rejects.toThrow(
			/is used by workflow workflow-\d+ already/,
		);
	});

	test('a name that no queue can have', async () => {
		await expect(start({ queue: 'a queue' })).rejects.toThrow('Options › Queue: "a queue"');
	});

	test('a batch size that is no number', async () => {
		await expect(start({ batchSize: 'all' })).rejects.toThrow('Options › Batch Size: "all" is no');
	});
});

describe('a manual run', () => {
	async function runManually() {
		const { response, emissions } = await start({}, { mode: 'manual' });
		expect(response.closeFunction).toBeUndefined();
		await response.manualTriggerFunction?.();
		expect(emissions).toHaveLength(1);
		return emissions[0].deliveries;
	}

	test('shows copies of what waits, the next due first, and takes nothing out of the queue', async () => {
		const ids = await insert(workflowId, 25);
		const shown = await runManually();
		expect(shown).toHaveLength(20);
		for (const one of shown) {
			expect(one).toMatchObject({ test: true, status: 'pending' });
			expect(one).not.toHaveProperty('lease');
			expect(ids).not.toContain(one.id);
		}
		const store = await embeddedStore();
		const batch = await store.claim(queueConsumer(workflowId), 100);
		expect(batch?.deliveries.map(({ delivery }) => delivery.id).sort()).toEqual(ids.sort());
	});

	test('shows a sample where nothing waits', async () => {
		expect(await runManually()).toEqual([
			expect.objectContaining({
				name: 'Sample: nothing is waiting in this queue',
				queue: workflowId,
				test: true,
				attempt: 1,
			}),
		]);
	});

	test('does not serve the queue', async () => {
		await runManually();
		expect(await stateOf(workflowId)).toEqual({ state: 'unserved' });
	});
});
