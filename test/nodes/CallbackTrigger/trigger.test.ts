import type { IDataObject, WorkflowActivateMode } from 'n8n-workflow';
import { findRegistration } from '../../../lib/callbacks/registrations/store';
import { insertDeliveries } from '../../../lib/store/insert';
import { forgetTokens } from '../../../lib/transport/oauth2/tokenStates';
import '../harness/environment';
import { closeServers } from '../../lib/transport/support/servers';
import { startReactorDouble, type ReactorDouble } from '../../support/reactorDouble';
import { newDelivery, rowsOf } from '../../support/stores';
import { embeddedStore } from '../harness/contexts';
import { triggerContext } from '../harness/triggerContext';
import { contextOptions, hooksOf, node, sendEvent, URL_OF_NODE } from './support';

const closing: (() => Promise<void>)[] = [];
let nodeId: string;
let nodes = 0;
let double: ReactorDouble;

beforeEach(async () => {
	nodeId = `trigger-${++nodes}`;
	double = await startReactorDouble();
});
afterEach(async () => {
	await Promise.all(closing.splice(0).map(async (close) => await close()));
	forgetTokens();
	await closeServers();
});

async function start(
	parameters: IDataObject = {},
	activationMode: WorkflowActivateMode = 'activate',
) {
	const trigger = triggerContext({
		...contextOptions({ double, nodeId, parameters }),
		activationMode,
	});
	const { closeFunction } = await node.trigger.call(trigger.context);
	const close = async () => await closeFunction?.();
	closing.push(async () => {
		await close();
		trigger.endAll();
	});
	return { ...trigger, close };
}

const send = async (event: Record<string, unknown>) =>
	await sendEvent({ double, nodeId, body: JSON.stringify(event) });

async function states() {
	const rows = await rowsOf(await embeddedStore());
	return rows
		.filter(({ consumer }) => consumer === `trigger:workflow-1/${nodeId}`)
		.map(({ status, reason }) => [status, reason]);
}

async function until(what: () => Promise<boolean>): Promise<void> {
	for (let tries = 0; !(await what()); tries++) {
		if (tries > 200) throw new Error('It did not come to pass');
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

describe('what its webhook has stored', () => {
	test('is emitted: the document as it came, its entity, and how it came', async () => {
		const { emitted } = await start({ settings: { longestWaitSeconds: 0 } });
		const event = double.event('rule.created');
		await send(event);
		const [{ items }] = await emitted(1);
		expect(items.map(({ json }) => json)).toEqual([
			{
				event,
				entity: {
					id: expect.stringMatching(/^RL/) as string,
					type: 'rules',
					attributes: { name: 'R' },
				},
				received: { at: expect.stringMatching(/^\d{4}-.*Z$/) as string, checked: 'none' },
			},
		]);
	});

	test('is taken once the execution has succeeded', async () => {
		const { emitted } = await start();
		await send(double.event('rule.created'));
		const [{ end }] = await emitted(1);
		expect(await states()).toEqual([['pending', null]]);
		end('success');
		await until(async () => (await states())[0][0] === 'delivered');
		expect(await states()).toEqual([['delivered', 'taken by the workflow']]);
	});

	test('is taken when n8n keeps the execution waiting', async () => {
		const { emitted } = await start();
		await send(double.event('rule.created'));
		(await emitted(1))[0].end('waiting');
		await until(async () => (await states())[0][0] === 'delivered');
	});

	test.each(['error', 'crashed', 'canceled'] as const)(
		'is not lost with an execution that ends as %s',
		async (status) => {
			const { emitted } = await start();
			await send(double.event('rule.created'));
			(await emitted(1))[0].end(status);
			await new Promise((resolve) => setTimeout(resolve, 50));
			expect(await states()).toEqual([['pending', null]]);
		},
	);

	test('before the trigger was there is emitted when it comes', async () => {
		await send(double.event('rule.created'));
		const { emitted } = await start({}, 'init');
		expect((await emitted(1))[0].items).toHaveLength(1);
	});

	test('whose entity is no JSON has null for it', async () => {
		const { emitted } = await start();
		const event = double.event('rule.created') as { data: { attributes: { entity: unknown } } };
		event.data.attributes.entity = 'no JSON';
		await send(event);
		expect((await emitted(1))[0].items[0].json).toMatchObject({ event, entity: null });
	});

	test('goes in batches of the size that is set', async () => {
		const { emitted } = await start({ settings: { batchSize: 2, longestWaitSeconds: 1 } });
		for (let n = 0; n < 3; n++) await send(double.event('rule.created'));
		const emissions = await emitted(2);
		expect(emissions.map(({ items }) => items.length)).toEqual([2, 1]);
	});
});

test('an event that was given up is told in the log and not emitted again', async () => {
	const consumer = `trigger:workflow-1/${nodeId}`;
	const store = await embeddedStore();
	const row = newDelivery({
		consumer,
		kind: 'callback',
		name: 'rule.created',
		eventId: 'AE1',
		status: 'dead',
		reason: 'never reached a sender',
	});
	await store.write(async (unit) => await insertDeliveries(unit, [row]));
	const { lines, emissions } = await start();
	await until(async () => lines.length > 0);
	expect(lines[0]).toMatchObject({
		level: 'error',
		message: expect.stringMatching(/failed on the event AE1 \(rule\.created\)/) as string,
	});
	expect(emissions).toEqual([]);
	expect(await states()).toEqual([['dead', 'never reached a sender']]);
});

describe('after a start of n8n', () => {
	test('a callback that vanished meanwhile is registered again', async () => {
		await hooksOf({ double, nodeId }).publish();
		double.callbacks.clear();
		const { lines } = await start({}, 'init');
		await until(async () => double.callbacks.size === 1);
		expect([...double.callbacks.values()]).toMatchObject([{ url: URL_OF_NODE }]);
		await until(async () => lines.length > 0);
		expect(lines[0].message).toMatch(
			/callback CB[0-9a-f]{32} was registered, since it was not there/,
		);
		const store = await embeddedStore();
		const known = await store.read(
			async (unit) => await findRegistration(unit, `workflow-1/${nodeId}`),
		);
		expect(known?.at?.callbackId).toBe([...double.callbacks.keys()][0]);
	});

	test('a service that is not there stops nothing', async () => {
		await hooksOf({ double, nodeId }).publish();
		double.instead(() => (_request, response) => void response.writeHead(403).end('{}'));
		const { lines, emitted } = await start({}, 'init');
		await send(double.event('rule.created'));
		await emitted(1);
		await until(async () => lines.length > 0);
		expect(lines[0].message).toMatch(/could not be looked after: .* Trying again in 15 s/);
	});
});

describe('in the editor', () => {
	test('a sample event is emitted, as it would come', async () => {
		const trigger = triggerContext({ ...contextOptions({ double, nodeId }), mode: 'manual' });
		const { manualTriggerFunction } = await node.trigger.call(trigger.context);
		await manualTriggerFunction?.();
		expect(trigger.emissions[0].items[0].json).toMatchObject({
			event: { data: { type: 'audit_events', attributes: { type_of: 'rule.created' } } },
			entity: { type: 'rules' },
			received: { test: true },
		});
	});
});

describe('refused at publication, with the reason in the message', () => {
	test.each([
		['a batch size that is no number', { settings: { batchSize: 'x' } }, /Options › Batch Size/],
		['an interval that is none', { settings: { lookMinutes: 'x' } }, /Options › Look Every/],
		['an allow-list', { settings: { allowedIps: '1.2' } }, /IP Allow List: "1\.2"/],
		['no event types', { eventTypes: [] }, /Event Types is empty/],
	])('%s', async (_name, parameters, expected) => {
		await expect(start(parameters)).rejects.toThrow(expected);
	});
});
