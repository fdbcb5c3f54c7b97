import fc from 'fast-check';
import {
	composeDeliveries,
	queueDeliveries,
	type MatchOptions,
	type QueueOptions,
} from '../../../lib/callbacks/match';
import { findAuditEvent } from '../../../lib/callbacks/store/events';
import { insertCallback, updateCallback } from '../../../lib/callbacks/store/callbacks';
import { holdsType } from '../../../lib/callbacks/subscriptions';
import { queueConsumer } from '../../../lib/store/lines';
import { describeStores, isPostgres, rowsOf } from '../../support/stores';
import { auditEvent } from './events';
import { openBench, OTHER_PROPERTY, PROPERTY, type Bench } from './support';

let bench: Bench;
beforeEach(async () => (bench = await openBench()));
afterEach(async () => await bench.close());

interface Given {
	subscriptions?: string[];
	property?: string;
	condition?: string;
	url?: string;
}

let callbacks = 0;
const idOf = (number: number) => `CB${number.toString(16).padStart(32, '0')}`;

async function add(...all: Given[]): Promise<string[]> {
	return await bench.store.write(async (unit) => {
		const ids: string[] = [];
		for (const one of all) {
			const id = idOf(++callbacks);
			const at = new Date(unit.now).toISOString();
			await insertCallback(unit, {
				id,
				propertyId: one.property ?? PROPERTY,
				url: one.url ?? 'https://a.example/hook',
				subscriptions: one.subscriptions ?? ['rule.created'],
				...(one.condition === undefined ? {} : { condition: one.condition }),
				createdAt: at,
				updatedAt: at,
			});
			ids.push(id);
		}
		return ids;
	});
}

const options = (more: Partial<MatchOptions> = {}): MatchOptions => ({
	store: bench.store,
	conditions: bench.conditions,
	...more,
});
const queueing = (more: Partial<QueueOptions> = {}): QueueOptions => ({
	...options(),
	queue: 'q',
	deduplicationMs: 1e9,
	...more,
});
const targets = async (event = auditEvent(), more: Partial<MatchOptions> = {}) =>
	(await composeDeliveries(event, options(more))).deliveries.map(({ source }) => source?.id);

describeStores('an event goes to the callbacks of its property', () => {
	it.each<[string[], string, boolean]>([
		[['rule.created'], 'rule.created', true],
		[['rule.created'], 'rule.updated', false],
		[['rule.*'], 'rule.updated', true],
		[['rule.*'], 'rule_component.updated', false],
		[['rule.*'], 'rule.a.b', true],
		[['rule.a.*'], 'rule.a.b', true],
		[['rule.a.*'], 'rule.a', false],
		[['*'], 'order.paid', true],
		[['build.created', 'rule.updated', '*'], 'rule.updated', true],
		[['rule.created.x'], 'rule.created', false],
	])('that are subscribed: %j to %s: %s', async (subscriptions, type, is) => {
		const [id] = await add({ subscriptions });
		expect(await targets(auditEvent({ type_of: type }))).toEqual(is ? [id] : []);
	});

	it('once, however many of its subscriptions hold it', async () => {
		const [id] = await add({ subscriptions: ['rule.created', 'rule.*', '*'] });
		expect(await targets()).toEqual([id]);
	});

	it('and to none of another', async () => {
		const [own] = await add({}, { property: OTHER_PROPERTY });
		expect(await targets()).toEqual([own]);
	});

	it('and one without a property to nobody, unless a setting says so', async () => {
		const ids = await add({}, { property: OTHER_PROPERTY }, { subscriptions: ['build.*'] });
		const event = auditEvent({ property: null });
		expect(await targets(event)).toEqual([]);
		expect(await targets(event, { withoutProperty: 'everyone' })).toEqual(ids.slice(0, 2));
	});

	it('but not to one that is disabled or was changed meanwhile', async () => {
		const [disabled, changed, back] = await add({}, {}, {});
		await bench.store.write(async (unit) => {
			await updateCallback(unit, disabled, { disabledAt: '2026-01-01T00:00:00.000Z' });
			await updateCallback(unit, changed, { subscriptions: ['build.created'] });
			await updateCallback(unit, back, { disabledAt: '2026-01-01T00:00:00.000Z' });
			await updateCallback(unit, back, { subscriptions: ['rule.*'] });
			await updateCallback(unit, back, { disabledAt: null });
		});
		expect(await targets()).toEqual([back]);
	});

	it('as a plain look at every callback would have it', async () => {
		const word = fc.constantFrom('a', 'b', 'c');
		const type = fc.array(word, { minLength: 2, maxLength: 4 }).map((words) => words.join('.'));
		const subscription = fc.oneof(
			type,
			fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => [...words, '*'].join('.')),
			fc.constant('*'),
		);
		const lists = fc.array(fc.uniqueArray(subscription, { minLength: 1, maxLength: 4 }), {
			maxLength: 12,
		});
		let round = 0;
		await fc.assert(
			fc.asyncProperty(lists, type, async (all, eventType) => {
				const property = `PR${(++round).toString(16).padStart(32, '0')}`;
				const ids = await add(...all.map((subscriptions) => ({ subscriptions, property })));
				const expected = ids.filter((_, at) => holdsType(all[at], eventType));
				expect(await targets(auditEvent({ type_of: eventType, property }))).toEqual(expected);
				const naive = all.map((one) =>
					one.some((s) =>
						s.endsWith('*') ? eventType.startsWith(s.slice(0, -1)) : s === eventType,
					),
				);
				expect(all.map((one) => holdsType(one, eventType))).toEqual(naive);
			}),
			// The texts are the same in both; what differs is how a row is found.
			{ numRuns: isPostgres() ? 30 : 100 },
		);
	});
});

describeStores('a condition', () => {
	it.each([
		['entity.data.attributes.enabled', true],
		['entity.data.attributes.name = "My Rule"', true],
		['entity.data.attributes.name = "Other"', false],
		['type_of = "rule.created" and data.attributes.display_name = "My Rule"', true],
		['nothing.here', false],
		['0', false],
		['""', false],
		['"x"', true],
		['[false, 1]', true],
		['[]', false],
		['null', false],
		['{"a": 1}', true],
	])('%s: %s', async (condition, holds) => {
		const [id] = await add({ condition });
		expect(await targets()).toEqual(holds ? [id] : []);
	});

	it('that fails sends nothing and says why; the others are sent', async () => {
		const [bad, good] = await add({ condition: '$sum("x")' }, { condition: 'true' });
		const { deliveries, skipped } = await composeDeliveries(auditEvent(), options());
		expect(deliveries.map(({ source }) => source?.id)).toEqual([good]);
		expect(skipped).toEqual([
			{ callbackId: bad, reason: expect.stringMatching(/^condition: /) as string },
		]);
	});

	it('that has no end is stopped', async () => {
		await add({ condition: '($f := function($n) { $f($n + 1) }; $f(0))' });
		const { deliveries, skipped } = await composeDeliveries(auditEvent(), options());
		expect(deliveries).toEqual([]);
		expect(skipped).toHaveLength(1);
	});

	it('sees an entity that is no JSON as null', async () => {
		const event = auditEvent();
		event.document.data.attributes.entity = 'no json';
		const [id] = await add({ condition: 'entity = null' });
		expect(await targets(event)).toEqual([id]);
	});
});

describeStores('a delivery', () => {
	it('carries the document as it is, ready for a sender', async () => {
		const [id] = await add({ url: 'https://a.example/hook?x=1' });
		const event = auditEvent();
		const { deliveries } = await composeDeliveries(event, options());
		expect(deliveries).toEqual([
			{
				id: expect.stringMatching(/^msg_[0-9a-f]{32}$/) as string,
				kind: 'callback',
				name: id,
				source: { type: 'callback', id },
				eventId: event.id,
				request: {
					method: 'POST',
					url: 'https://a.example/hook?x=1',
					headers: { 'content-type': 'application/json' },
					body: JSON.stringify(event.document),
				},
				attempt: 0,
				status: 'pending',
			},
		]);
	});

	it('may have the content type of JSON:API', async () => {
		await add({});
		const shape = { contentType: 'application/vnd.api+json' } as const;
		const { deliveries } = await composeDeliveries(auditEvent(), options({ shape }));
		expect(deliveries[0].request.headers).toEqual({ 'content-type': 'application/vnd.api+json' });
	});

	it('leaves its event where receivers can look it up', async () => {
		const event = auditEvent();
		await composeDeliveries(event, options());
		const stored = await bench.store.read(async (unit) => await findAuditEvent(unit, event.id));
		expect(stored).toEqual({ propertyId: PROPERTY, document: event.document });
	});
});

describeStores('in a queue', () => {
	it('deliveries wait for the sender, and it is woken', async () => {
		let woken = 0;
		bench.store.onWake(queueConsumer('q'), (count) => (woken += count));
		const ids = await add({}, { url: 'https://b.example/' });
		const event = auditEvent();
		const report = await queueDeliveries(event, queueing({ workflowId: 'w', executionId: 'e' }));
		expect(report).toEqual({ matched: 2, skipped: [], queued: 2, duplicates: 0 });
		expect(woken).toBe(2);
		expect(await rowsOf(bench.store)).toMatchObject(
			ids.map((id, at) => ({
				kind: 'callback',
				name: id,
				source_type: 'callback',
				source_id: id,
				event_id: event.id,
				queue: 'q',
				consumer: 'queue:q',
				line: 'queue:q',
				endpoint: ['https://a.example', 'https://b.example'][at],
				status: 'pending',
				workflow_id: 'w',
				execution_id: 'e',
			})),
		);
	});

	it('an event is stored once for a callback, and what is missing is made up', async () => {
		await add({});
		const event = auditEvent();
		await queueDeliveries(event, queueing());
		await add({});
		const again = await queueDeliveries(event, queueing({ workflowId: 'another' }));
		expect(again).toMatchObject({ matched: 2, queued: 1, duplicates: 1 });
		expect(await queueDeliveries(auditEvent(), queueing())).toMatchObject({ queued: 2 });
	});

	it('there is no room in a full store', async () => {
		await add({});
		await expect(queueDeliveries(auditEvent(), queueing({ maxBytes: 1 }))).rejects.toThrow(/limit/);
	});
});

describeStores('among 10,000 callbacks of a property', () => {
	beforeEach(async () => {
		await add(
			...Array.from({ length: 10_000 }, (_, at) => ({
				subscriptions: [`order_${at % 2_000}.paid`, 'rule.created'],
			})),
		);
	}, 60_000);

	it('the few that an event is for are found without a look at the others', async () => {
		const took = async (type: string, expected: number) => {
			const event = auditEvent({ type_of: type });
			const started = performance.now();
			const { deliveries } = await composeDeliveries(event, { ...options(), keepEvent: false });
			expect(deliveries).toHaveLength(expected);
			return performance.now() - started;
		};
		const all = await took('rule.created', 10_000);
		const few = [];
		for (let round = 0; round < 20; round++) few.push(await took('order_77.paid', 5));
		expect(few.sort((a, b) => a - b)[10]).toBeLessThan(all / 20);
	});

	it('all are found, each once, and queued', async () => {
		const report = await queueDeliveries(auditEvent(), queueing());
		expect(report).toMatchObject({ matched: 10_000, queued: 10_000 });
		const rows = await rowsOf(bench.store);
		expect(new Set(rows.map((row) => row.source_id)).size).toBe(10_000);
	}, 60_000);
});
