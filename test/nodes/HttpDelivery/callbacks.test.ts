import { answers, Receiver } from '../../../scripts/receiver.ts';
import { composeDeliveries } from '../../../lib/callbacks/match';
import { noteProperties } from '../../../lib/callbacks/store/properties';
import type { CallbackService } from '../../../lib/callbacks/service';
import { createVerifier } from '../../../lib/delivery/signature';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { callbackConditions, callbackServiceOf } from '../../../nodes/shared/callbackStore';
import { forgetSeat, takeSeat } from '../../../nodes/shared/queue';
import { auditEvent } from '../../lib/callbacks/events';
import { PROPERTY } from '../../lib/callbacks/support';
import { embeddedStore, fakeContext, testNode } from '../harness/contexts';
import { DEAD, deliveriesAt, DELIVERED, RETRY, runSender, type SenderOptions } from './support';

let receiver: Receiver;
let store: DeliveryStore;
let callbacks: CallbackService;
let workflowId: string;
let runs = 0;

beforeAll(async () => {
	receiver = await Receiver.start();
	store = await embeddedStore();
	const rules = { allowHttp: true, allowedHosts: ['127.0.0.1'] };
	callbacks = callbackServiceOf(fakeContext(), store, rules);
});
afterAll(async () => await receiver.close());

beforeEach(async () => {
	workflowId = `callbacks-${++runs}`;
	const seat = { queue: workflowId, role: 'trigger', workflowId };
	const trigger = testNode({ id: 'queue-trigger', name: 'Delivery Queue Trigger' });
	forgetSeat(trigger, store, seat);
	await takeSeat(trigger, store, seat);
});
afterEach(async () => {
	receiver.clear();
	const page = { number: 1, size: 100 };
	const { rows } = await callbacks.list(PROPERTY, { filters: [], sort: [], page });
	for (const { id } of rows) await callbacks.remove(id);
});

const create = async (path: string, newSecret = false) =>
	await callbacks.create(
		PROPERTY,
		{ url: receiver.url + path, subscriptions: ['*'] },
		{ newSecret },
	);
const items = async (event = auditEvent()) => {
	const conditions = callbackConditions();
	const { deliveries } = await composeDeliveries(event, { store, conditions });
	return deliveries.map((delivery) => ({ delivery }) as never);
};
const run = async (options: SenderOptions) =>
	await runSender({ workflowId, ...options, parameters: { retries: 'queue' } });

const isSigned = (secret: string, at: number) => {
	const { headers, body } = receiver.requests()[at];
	const text = (name: string) => headers[name] as string;
	const message = {
		id: text('webhook-id'),
		timestamp: text('webhook-timestamp'),
		signature: text('webhook-signature'),
		body,
		now: Date.now(),
	};
	expect(() => createVerifier([secret]).verify(message)).not.toThrow();
};

test('a callback is sent the document, signed with its own secret', async () => {
	const { secret } = await create('/signed', true);
	const event = auditEvent();
	const done = await run({ items: await items(event) });
	expect(deliveriesAt(done, DELIVERED)).toHaveLength(1);
	const [request] = receiver.requests();
	expect(request).toMatchObject({ method: 'POST', url: '/signed' });
	expect(request.headers['content-type']).toBe('application/json');
	expect(JSON.parse(request.body.toString())).toEqual(event.document);
	isSigned(secret!, 0);
});

test('retries by the workflow itself are signed too', async () => {
	const { secret } = await create('/stateless', true);
	await runSender({ workflowId, items: await items(), parameters: { retries: 'output' } });
	isSigned(secret!, 0);
});

test('a callback without a secret gets no signature', async () => {
	await create('/plain');
	await run({ items: await items() });
	expect(receiver.requests()[0].headers).not.toHaveProperty('webhook-signature');
});

test('an event goes to a callback once, though the workflow sends it twice', async () => {
	await create('/once');
	const event = auditEvent();
	await run({ items: await items(event) });
	const again = await run({ items: await items(event) });
	expect(receiver.requests('/once')).toHaveLength(1);
	expect(deliveriesAt(again, DELIVERED)).toEqual([]);
	expect(deliveriesAt(again, DEAD)).toEqual([]);
});

test('what is for a callback that was deleted meanwhile is a dead letter', async () => {
	const { record } = await create('/deleted');
	const waiting = await items();
	await callbacks.remove(record.id);
	const done = await run({ items: waiting });
	expect(receiver.requests('/deleted')).toEqual([]);
	expect(deliveriesAt(done, DEAD)).toMatchObject([{ reason: 'callback deleted', attempt: 0 }]);
});

test('what is for a callback that moved meanwhile goes to its new URL', async () => {
	const { record } = await create('/old');
	const waiting = await items();
	await callbacks.update(record.id, { url: `${receiver.url}/new` });
	const done = await run({ items: waiting });
	expect(receiver.requests().map(({ url }) => url)).toEqual(['/new']);
	expect(deliveriesAt(done, DELIVERED)[0].request.url).toBe(`${receiver.url}/new`);
});

test('only 200 and 201 are a success; 410 disables where the operator wants it', async () => {
	await store.write(
		async (unit) =>
			await noteProperties(unit, [{ id: PROPERTY, name: 'Shop', disableOnGone: true }]),
	);
	receiver.on('/202', answers.status(202)).on('/410', answers.status(410));
	const [accepted, gone] = [await create('/202'), await create('/410')];
	const done = await run({ items: await items() });
	expect(deliveriesAt(done, RETRY)).toHaveLength(2);
	expect(await callbacks.find(accepted.record.id)).toMatchObject({
		failingSince: expect.any(Number) as number,
	});
	expect(await callbacks.find(gone.record.id)).toMatchObject({
		disabledReason: 'the receiver answered 410 Gone',
	});
});
