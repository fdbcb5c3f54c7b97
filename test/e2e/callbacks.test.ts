import { Webhook } from 'standardwebhooks';
import { CallbackServiceInN8n, eventOf } from './harness/callbacks.ts';
import { answers, itemsOf, Receiver, startN8n, type Item, type N8n } from './harness/index.ts';
import { stored, type StoredRow } from './harness/store.ts';

/** Of four and a half days, from the first attempt to the eighth, it makes 40 seconds. */
const SCALE = 0.0001;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SCHEDULE = [MINUTE, 5 * MINUTE, 30 * MINUTE, HOUR, 12 * HOUR, 24 * HOUR, 72 * HOUR];
/** From when an attempt is due until it is made, on a busy machine. */
const LATEST_MS = 4_000;

let n8n: N8n;
let service: CallbackServiceInN8n;
const receivers: Receiver[] = [];

beforeAll(async () => {
	n8n = await startN8n({
		env: { N8N_DISABLE_UI: 'true', N8N_POSTBACK_TIME_SCALE: String(SCALE) },
	});
	service = await CallbackServiceInN8n.publish(n8n);
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await Promise.all(receivers.map(async (receiver) => await receiver.close()));
});

/** A subscriber of its own host, so that nothing that happens to another one concerns it. */
async function subscriber(...behaviours: Parameters<Receiver['on']>[1][]): Promise<Receiver> {
	const receiver = await Receiver.start();
	receivers.push(receiver);
	if (behaviours.length > 0) receiver.on('/hook', ...behaviours);
	return receiver;
}

async function subscribed(receiver: Receiver, type: string): Promise<string> {
	return (await service.subscribe(`${receiver.url}/hook`, [type])).data.id;
}

const rowsOf = (all: StoredRow[], callbackId: string) =>
	all.filter(({ name }) => name === callbackId);

/** The rows of some callbacks when nothing is under way any more. */
async function settled(callbackIds: string[], count: number, timeoutMs = 90_000) {
	const own = (all: StoredRow[]) => all.filter(({ name }) => callbackIds.includes(name));
	const done = (all: StoredRow[]) =>
		own(all).length === count && own(all).every(({ settled_at }) => settled_at !== null);
	return own(await stored.waitFor(n8n.userFolder, done, timeoutMs));
}

/** What left by an output of HTTP Delivery, over all executions. */
async function outputItems(node: string): Promise<Item[]> {
	const items: Item[] = [];
	for (const { id } of await n8n.api.finishedExecutions(service.workflowId)) {
		items.push(...itemsOf(await n8n.api.getExecution(id), node));
	}
	return items;
}

/** Attempts come at the steps of the schedule, each from the failure before it, and never before. */
function expectSchedule(receiver: Receiver, attempts: number): void {
	const times = receiver.requests('/hook').map(({ time }) => time);
	expect(times).toHaveLength(attempts);
	const gaps = times.slice(1).map((time, at) => time - times[at]);
	gaps.forEach((gap, at) => {
		const step = SCHEDULE[at] * SCALE;
		expect(gap).toBeGreaterThanOrEqual(step - 2);
		expect(gap).toBeLessThan(step + LATEST_MS);
	});
}

test('a healthy, a failing and a dead subscriber each get their own schedule', async () => {
	const healthy = await subscriber();
	// Of the 2xx only 200 and 201 count, and a redirect is no success.
	const failing = await subscriber(
		answers.status(503),
		answers.status(204),
		answers.redirect('https://www.example.com/'),
		answers.status(404),
		answers.status(201),
	);
	const dead = await subscriber(answers.status(500));
	const ids = [
		await subscribed(healthy, 'order.placed'),
		await subscribed(failing, 'order.placed'),
		await subscribed(dead, 'order.placed'),
	];
	const report = await service.send('order.placed', 'three');
	expect(report).toMatchObject({ matched: 3, queued: 3, duplicates: 0 });

	await healthy.waitFor(1);
	expect(dead.requests().length).toBeLessThan(6);
	const rows = await settled(ids, 3);
	const of = (id: string) => rowsOf(rows, id)[0];
	expect(of(ids[0])).toMatchObject({ status: 'delivered', attempt: 1 });
	expect(of(ids[1])).toMatchObject({ status: 'delivered', attempt: 5 });
	expect(of(ids[2])).toMatchObject({ status: 'dead', attempt: 8 });
	expect(of(ids[2]).reason).toBe('retries exhausted after 8 attempts: HTTP 500');
	expect(healthy.requests()).toHaveLength(1);
	expectSchedule(failing, 5);
	expectSchedule(dead, 8);

	const letters = await outputItems('Dead Letter');
	expect(letters.map(({ json }) => json.delivery)).toEqual([
		expect.objectContaining({ name: ids[2], attempt: 8, status: 'dead', eventId: report.eventId }),
	]);
	for (const receiver of [healthy, failing, dead]) {
		const requests = receiver.requests();
		// The message is the same at every attempt, and every subscriber gets the same event.
		expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
		expect(new Set(requests.map(({ body }) => eventOf(body).id))).toEqual(
			new Set([report.eventId]),
		);
		expect(requests[0].headers['content-type']).toBe('application/json');
		expect(requests[0].headers['webhook-signature']).toBeUndefined();
	}
	const [letter] = dead.requests();
	expect(eventOf(letter.body)).toEqual({ id: report.eventId, type: 'order.placed', key: 'three' });
});

test('killed in the middle, it loses nothing of what it has taken', async () => {
	const fast = await subscriber(answers.stall(100));
	const failing = await subscriber((_request, before) => answers.status(before < 40 ? 500 : 200));
	const dead = await subscriber(answers.status(500));
	const ids = [
		await subscribed(fast, 'order.paid'),
		await subscribed(failing, 'order.paid'),
		await subscribed(dead, 'order.paid'),
	];
	const keys = Array.from({ length: 30 }, (_, n) => `paid-${n}`);
	const untaken: string[] = [];
	const sending = keys.map(async (key, at) => {
		await new Promise((resolve) => setTimeout(resolve, at * 40));
		await service.send('order.paid', key).catch(() => untaken.push(key));
	});
	await fast.waitFor(8);
	await n8n.kill();
	await Promise.all(sending);
	await n8n.start();
	await n8n.waitForWebhook('events');
	// Whoever sends events sends again what was not taken; a key that is known is not queued twice.
	for (const key of [...untaken, keys[0]]) {
		const { matched, queued, duplicates } = await service.send('order.paid', key);
		expect([matched, queued + duplicates]).toEqual([3, 3]);
	}

	const rows = await settled(ids, 3 * keys.length, 150_000);
	for (const receiver of [fast, failing, dead]) {
		const arrived = new Set(receiver.requests().map(({ body }) => eventOf(body).key));
		expect([...arrived].sort()).toEqual([...keys].sort());
	}
	const statuses = (id: string) => new Set(rowsOf(rows, id).map(({ status }) => status));
	expect(ids.map(statuses)).toEqual([
		new Set(['delivered']),
		new Set(['delivered']),
		new Set(['dead']),
	]);
	// Each has eight attempts that are noted; one that was under way at the kill may not be.
	expect(rowsOf(rows, ids[2]).map(({ attempt }) => attempt)).toEqual(keys.map(() => 8));
}, 300_000);

test('the retries of a deleted callback end as such', async () => {
	const dead = await subscriber(answers.status(500));
	const id = await subscribed(dead, 'order.returned');
	await service.send('order.returned');
	await dead.waitFor(5);
	await service.call('DELETE', `/callbacks/${id}`);
	const [row] = await settled([id], 1, 10_000);
	expect(row).toMatchObject({ reason: 'callback deleted', attempt: 5 });
	expect(await service.send('order.returned')).toMatchObject({ matched: 0, queued: 0 });
	expect(dead.requests()).toHaveLength(5);
});

test('a changed URL counts from the next attempt on', async () => {
	const before = await subscriber(answers.status(500));
	const after = await subscriber();
	const id = await subscribed(before, 'order.moved');
	await service.send('order.moved', 'moved');
	await before.waitFor(5);
	const attributes = { url: `${after.url}/elsewhere` };
	await service.call('PATCH', `/callbacks/${id}`, { id, type: 'callbacks', attributes });
	const [request] = await after.waitFor(1);
	expect(request.path).toBe('/elsewhere');
	const [first] = before.requests();
	expect(request.headers['webhook-id']).toBe(first.headers['webhook-id']);
	expect(request.body.equals(first.body)).toBe(true);
	const [row] = await settled([id], 1);
	expect(row).toMatchObject({ status: 'delivered', attempt: 6 });
	expect(before.requests()).toHaveLength(5);
});

test('messages are signed with the secret of their callback, with two after a rotation', async () => {
	const signed = await subscriber();
	const plain = await subscriber();
	const answer = await service.subscribe(`${signed.url}/hook`, ['order.signed'], { secret: true });
	await subscribed(plain, 'order.signed');
	const first = String(answer.meta?.secret);
	expect(first).toMatch(/^whsec_/);
	const verifies = (secret: string, request: { body: Buffer; headers: object }) =>
		new Webhook(secret).verify(
			request.body.toString(),
			request.headers as Record<string, string>,
		) as { data: { type: string } };

	await service.send('order.signed');
	const [one] = await signed.waitFor(1);
	expect(verifies(first, one).data.type).toBe('audit_events');
	const [other] = await plain.waitFor(1);
	expect(other.headers['webhook-signature']).toBeUndefined();

	const { id } = answer.data;
	const rotation = { id, attributes: {}, meta: { rotate_secret: true } };
	const second = String((await service.call('PATCH', `/callbacks/${id}`, rotation)).meta?.secret);
	expect(second).not.toBe(first);
	await service.send('order.signed');
	const [, two] = await signed.waitFor(2);
	expect(verifies(first, two)).toEqual(verifies(second, two));
	expect(() => verifies(second, one)).toThrow();
});
