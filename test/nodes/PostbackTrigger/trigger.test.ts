import type { IDataObject } from 'n8n-workflow';
import { findDelivery } from '../../../lib/store/look';
import { insertDeliveries } from '../../../lib/store/insert';
import { queueConsumer } from '../../../lib/store/lines';
import { PostbackTrigger } from '../../../nodes/PostbackTrigger/PostbackTrigger.node';
import '../harness/environment';
import { embeddedStore } from '../harness/contexts';
import { triggerContext, type TriggerContextOptions } from '../harness/triggerContext';
import { newDelivery } from '../../support/stores';
import { send } from './webhookContext';

const closing: (() => Promise<void>)[] = [];
let nodeId: string;
let nodes = 0;

beforeEach(() => (nodeId = `node-${++nodes}`));
afterEach(async () => await Promise.all(closing.splice(0).map(async (close) => await close())));

const active = (...names: string[]) => ({
	postback: names.map((name) => ({ name, active: true, url: 'https://a.example/?id={id}' })),
});

async function start(parameters: IDataObject, more: TriggerContextOptions = {}) {
	const trigger = triggerContext({
		activationMode: 'activate',
		parameters: { definitionsFrom: 'fields', settings: {}, ...parameters } as never,
		node: { id: nodeId, name: 'Postback Trigger', type: 'n8n-nodes-postback.postbackTrigger' },
		...more,
	});
	const { closeFunction } = await new PostbackTrigger().trigger.call(trigger.context);
	const close = async () => await closeFunction?.();
	closing.push(async () => {
		await close();
		trigger.endAll();
	});
	return { ...trigger, close };
}

test('what its webhook has stored is emitted', async () => {
	const { emitted } = await start({ postbacks: active('P') });
	await send({ body: '[{"id":1},{"id":2}]', nodeId });
	const [batch] = await emitted(1);
	expect(batch.deliveries.map(({ request }) => request.url)).toEqual([
		'https://a.example/?id=1',
		'https://a.example/?id=2',
	]);
	expect(batch.deliveries[0]).toMatchObject({
		kind: 'postback',
		name: 'P',
		source: { type: 'postback', id: `workflow-1/${nodeId}/P` },
	});
});

test('what could not be composed is emitted as a dead letter', async () => {
	const postbacks = { postback: [{ name: 'P', active: true, url: 'https://{host}/' }] };
	const { emitted } = await start({ postbacks });
	await send({ body: '{"host":"a b"}', nodeId, parameters: { postbacks } });
	const [batch] = await emitted(1);
	expect(batch.deliveries).toEqual([
		expect.objectContaining({ status: 'dead', reason: 'cannot be composed' }),
	]);
});

test('Batch Size and Longest Wait shape the emissions', async () => {
	const { emitted } = await start({
		postbacks: active('P'),
		settings: { batchSize: 2, longestWaitSeconds: 5 },
	});
	const started = Date.now();
	await send({ body: '[{"id":1},{"id":2}]', nodeId });
	await emitted(1);
	expect(Date.now() - started).toBeLessThan(2_000);
});

describe('retries of a postback that was switched off', () => {
	/** A retry of the postback, waiting in the queue. */
	async function waiting(name: string): Promise<string> {
		const row = newDelivery({
			queue: 'w',
			consumer: queueConsumer('w'),
			sourceType: 'postback',
			sourceId: `workflow-1/${nodeId}/${name}`,
		});
		const store = await embeddedStore();
		await store.write(async (unit) => {
			await insertDeliveries(unit, [row]);
			const retrying = unit.db.updateTable('deliveries').set({ status: 'retrying', attempt: 1 });
			await retrying.where('id', '=', row.id).execute();
		});
		return row.id;
	}

	const stateOf = async (id: string) => {
		const store = await embeddedStore();
		const found = await store.read(async (unit) => await findDelivery(unit, id));
		return [found?.stored, found?.delivery.reason];
	};

	test('end when the workflow is published; those of the others stay', async () => {
		await (await start({ postbacks: active('Off', 'Gone', 'On') })).close();
		const [off, gone, on] = [await waiting('Off'), await waiting('Gone'), await waiting('On')];
		const postbacks = active('On');
		postbacks.postback.push({ name: 'Off', active: false, url: 'https://a.example/' });
		await start({ postbacks });
		expect(await stateOf(off)).toEqual(['dead', 'postback inactive']);
		expect(await stateOf(gone)).toEqual(['dead', 'postback inactive']);
		expect(await stateOf(on)).toEqual(['retrying', undefined]);
	});

	test('stay where the setting says so', async () => {
		await (await start({ postbacks: active('Off') })).close();
		const off = await waiting('Off');
		await start({ postbacks: {}, settings: { endInactive: false } });
		expect(await stateOf(off)).toEqual(['retrying', undefined]);
	});
});

describe('refused at publication, with the reason in the message', () => {
	test.each([
		[
			'a postback that is wrong',
			{ postbacks: { postback: [{ name: 'P' }] } },
			/^A postback is set up wrongly: .*URL: missing/,
		],
		[
			'an allow-list that is wrong',
			{ settings: { allowedIps: '1.2.3' } },
			/IP Allow List: "1\.2\.3"/,
		],
		[
			'a batch size that is no number',
			{ settings: { batchSize: 'x' } },
			/Options › Batch Size: "x" is no number/,
		],
		[
			'a wait that is no number',
			{ settings: { longestWaitSeconds: 'x' } },
			/Options › Longest Wait \(Seconds\): "x"/,
		],
	])('%s', async (_name, parameters, expected) => {
		await expect(start(parameters)).rejects.toThrow(expected);
	});

	test('a postback that is wrong, at the start of n8n too: waiting would not mend it', async () => {
		const parameters = { postbacks: { postback: [{ name: 'P' }] } };
		await expect(start(parameters, { activationMode: 'init' })).rejects.toThrow(/URL: missing/);
	});
});
