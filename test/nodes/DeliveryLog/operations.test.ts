import '../harness/environment';
import { sql } from 'kysely';
import type { IDataObject, INode } from 'n8n-workflow';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { queueConsumer } from '../../../lib/store/lines';
import { settleDeliveries } from '../../../lib/store/settle';
import { noteTestRun } from '../../../lib/store/testRuns';
import { embeddedStore } from '../harness/contexts';
import { runWorkflow, startWorkflow, type WorkflowRun } from '../harness/workflow';
import { newDelivery, rowOf, rowsOf } from '../../support/stores';
import { serveQueue } from '../PushNotification/support';

const LOG = 'Log';

let store: DeliveryStore;

beforeEach(async () => {
	store = await embeddedStore();
	await store.write(async ({ db }) => {
		for (const table of ['deliveries', 'requests', 'attempts', 'lanes', 'leases'] as const) {
			await db.deleteFrom(table).execute();
		}
	});
});

const workflowOf = (parameters: IDataObject, items: IDataObject[], node: Partial<INode>) => ({
	nodes: [
		{
			name: LOG,
			type: 'n8n-nodes-postback.deliveryLog',
			parameters: parameters as INode['parameters'],
			...node,
		},
	],
	wires: [],
	start: LOG,
	items,
});

const run = async (
	parameters: IDataObject,
	items: IDataObject[] = [{}],
	node: Partial<INode> = {},
): Promise<WorkflowRun> => await runWorkflow(workflowOf(parameters, items, node));

/** The items' `json` of a run that went well. */
async function give(parameters: IDataObject, items?: IDataObject[]) {
	const result = await run(parameters, items);
	if (result.error) throw new Error(result.error.message);
	return result.outputs(LOG)[0].map(({ json }) => json as Record<string, IDataObject>);
}

async function failure(parameters: IDataObject) {
	const { error } = await run(parameters);
	if (!error) throw new Error('It did not fail');
	return error;
}

const SECRET = 'k-4711-secret';
const request = JSON.stringify({
	method: 'POST',
	url: `https://a.example/hook?api_key=${SECRET}&n=1`,
	headers: { 'x-api-key': SECRET, 'content-type': 'application/json' },
	body: '{"email":"ann@example.com"}',
});

/** Stored, tried once and ended. */
async function ended(
	status: 'delivered' | 'dead',
	overrides: Partial<Parameters<typeof newDelivery>[0]> = {},
): Promise<string> {
	const one = newDelivery({ request, ...overrides });
	await store.insert([one]);
	const claimed = await store.claim(one.consumer, 1_000, { special: true });
	const [reason, statusCode] = status === 'dead' ? ['HTTP 410', 410] : [undefined, 200];
	await store.write(
		async (unit) =>
			await settleDeliveries(unit, claimed?.lease ?? '', [
				{
					id: one.id,
					status,
					attempt: 1,
					step: 0,
					...(reason ? { reason, error: { code: 'HTTP', message: 'gone' } } : {}),
					made: { startedAt: unit.now, durationMs: 12 },
					response: { statusCode, bodyExcerpt: 'hello ann@example.com', durationMs: 12 },
				},
			]),
	);
	return one.id;
}

const shownIds = (items: Record<string, IDataObject>[]) => items.map(({ delivery }) => delivery.id);

describe('Get and Get Attempts', () => {
	it('give a delivery with its times, secrets masked, and no body unless asked for', async () => {
		const id = await ended('dead', { workflowId: 'w1' });
		const [item] = await give({ operation: 'get', deliveryId: `=${id}` });
		expect(item.delivery).toMatchObject({
			id,
			status: 'dead',
			reason: 'HTTP 410',
			attempt: 1,
			request: { method: 'POST', url: 'https://a.example/hook?api_key=***&n=1' },
			response: { statusCode: 410, durationMs: 12 },
		});
		expect(item.stored).toMatchObject({
			state: 'dead',
			endpoint: 'https://a.example',
			reported: true,
			workflowId: 'w1',
		});
		for (const name of ['createdAt', 'endedAt']) {
			expect(Date.parse(String(item.stored[name]))).not.toBeNaN();
		}
		const text = JSON.stringify(item);
		expect(text).not.toContain(SECRET);
		expect(text).not.toContain('ann@example.com');
		const options = { getOptions: { bodies: true } };
		const [whole] = await give({ operation: 'get', deliveryId: id, ...options });
		expect(whole.delivery.request).toMatchObject({ body: '{"email":"ann@example.com"}' });
		expect(whole.delivery.response).toMatchObject({ bodyExcerpt: 'hello ann@example.com' });
		expect(JSON.stringify(whole)).not.toContain(SECRET);
	});

	it('give the attempts one by one', async () => {
		const id = await ended('dead');
		expect(await give({ operation: 'getAttempts', attemptsOf: id })).toEqual([
			{
				deliveryId: id,
				attempt: 1,
				startedAt: expect.stringMatching(/Z$/),
				durationMs: 12,
				statusCode: 410,
				error: { code: 'HTTP', message: 'gone' },
				outcome: 'dead',
			},
		]);
	});

	it.each([
		['get', 'deliveryId'],
		['getAttempts', 'attemptsOf'],
		['replay', 'replayId'],
		['cancel', 'cancelId'],
	])('%s refuses an ID that is empty or not stored, and says so', async (operation, field) => {
		expect((await failure({ operation, [field]: ' ' })).message).toBe('Delivery ID is empty');
		const error = await failure({ operation, [field]: 'msg_none' });
		expect(error.message).toBe('Delivery ID: "msg_none" is not stored');
		expect(error.description).toContain('purged');
	});

	it('goes on with the other items where the node is told to', async () => {
		const id = await ended('delivered');
		const result = await run(
			{ operation: 'get', deliveryId: '={{ $json.id }}' },
			[{ id: 'msg_none' }, { id }],
			{ onError: 'continueRegularOutput' },
		);
		const [bad, good] = result.outputs(LOG)[0];
		expect(bad.json.error).toBe('Delivery ID: "msg_none" is not stored');
		expect(good.json.delivery).toMatchObject({ id });
		expect(good.pairedItem).toEqual({ item: 1 });
	});
});

describe('Get Many', () => {
	it('gives the newest first, up to the limit, and goes on after a cursor', async () => {
		const ids: string[] = [];
		for (let n = 0; n < 5; n++) ids.push(await ended('delivered'));
		const many = { operation: 'getMany' };
		const first = await give({ ...many, limit: 2 });
		expect(shownIds(first)).toEqual([ids[4], ids[3]]);
		const after = first[1].stored.cursor;
		const rest = await give({ ...many, limit: 9, getManyOptions: { after } });
		expect(shownIds(rest)).toEqual([ids[2], ids[1], ids[0]]);
		const oldest = { order: 'oldest' };
		expect(shownIds(await give({ ...many, returnAll: true, getManyOptions: oldest }))).toEqual(ids);
	});

	it('gives what fits states and filters', async () => {
		const gone = await ended('dead');
		await ended('delivered');
		const waiting = newDelivery({ name: 'Order placed', kind: 'push', queue: 'x' });
		await store.insert([waiting]);
		const many = async (states: string[], filters: IDataObject = {}) =>
			shownIds(
				await give({ operation: 'getMany', getManyStates: states, getManyFilters: filters }),
			);
		expect(await many(['dead'])).toEqual([gone]);
		expect(await many([], { reason: 'http 4*' })).toEqual([gone]);
		expect(await many(['pending', 'retrying'])).toEqual([waiting.id]);
		expect(await many([], { kinds: ['push'], queue: 'x', name: '*order*' })).toEqual([waiting.id]);
		expect(await many([], { since: new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
		expect(await many([], { until: '2001-01-01', timeOf: 'ended' })).toEqual([]);
		expect(await many([], { endpoint: '', name: ' ' })).toHaveLength(3);
	});

	it('leaves test runs out unless asked', async () => {
		await store.write(async (unit) => {
			const delivery = {
				id: 'msg_test',
				kind: 'postback' as const,
				name: 'n',
				request: { method: 'GET', url: 'https://a.example', headers: {} },
				attempt: 1,
				status: 'delivered' as const,
			};
			await noteTestRun(unit, [{ delivery, endpoint: 'https://a.example' }]);
		});
		expect(await give({ operation: 'getMany' })).toEqual([]);
		const filters = { getManyFilters: { tests: true } };
		expect(await give({ operation: 'getMany', ...filters })).toHaveLength(1);
	});

	it('shows dead letters not yet reported without changing that, until asked to mark them', async () => {
		const dead = newDelivery({ status: 'dead', reason: 'expired' });
		await store.insert([dead]);
		const many = { operation: 'getMany', getManyFilters: { unreported: true } };
		expect(await give(many)).toHaveLength(1);
		expect((await rowOf(store, dead.id)).reported).toBe(0);
		const [item] = await give({ ...many, getManyOptions: { mark: true } });
		expect(item.stored.reported).toBe(false);
		expect((await rowOf(store, dead.id)).reported).toBe(1);
		expect(await give(many)).toEqual([]);
		expect(await store.claim(queueConsumer('q'), 10)).toBeUndefined();
	});

	it.each([
		[
			{ getManyFilters: { since: 'yesterday-ish' } },
			'Filters › From is "yesterday-ish", which is no date',
		],
		[{ getManyStates: ['lost'] }, 'States: there is no state "lost"'],
		[{ getManyFilters: { kinds: ['fax'] } }, 'Filters › Kinds: there is no kind "fax"'],
		[{ limit: 0 }, 'Limit is no number from 1 on'],
		[{ getManyOptions: { after: 'abc' } }, 'Options › After: "abc" is no cursor'],
	])('refuses %j and names the field', async (parameters, message) => {
		const error = await failure({ operation: 'getMany', ...parameters } as IDataObject);
		expect(error.message).toBe(message);
	});

	it("takes a time without a zone as one in the workflow's", async () => {
		await ended('delivered');
		// The time zone of workflows that choose none.
		const local = (at: number) =>
			new Date(at).toLocaleString('sv-SE', { timeZone: 'America/New_York' }).replace(' ', 'T');
		const since = async (at: number) =>
			await give({ operation: 'getMany', getManyFilters: { since: local(at) } });
		expect(await since(Date.now() - 60_000)).toHaveLength(1);
		expect(await since(Date.now() + 60_000)).toHaveLength(0);
	});
});

describe('Replay', () => {
	it('revives one with its ID, wakes its queue and gives it as it is now', async () => {
		const served = await serveQueue('q');
		const woken = jest.fn();
		const off = served.onWake(queueConsumer('q'), woken);
		const id = await ended('dead');
		const result = await run({ operation: 'replay', replayWhich: 'one', replayId: id });
		off();
		const [{ json }] = result.outputs(LOG)[0];
		expect(json).toMatchObject({ replayed: true, stored: { state: 'retrying' } });
		expect(json).not.toHaveProperty('refusal');
		expect(woken).toHaveBeenCalledWith(1);
		expect(result.hints(LOG)).toEqual([]);
		const row = await rowOf(store, id);
		expect(row).toMatchObject({ status: 'retrying', settled_at: null, reported: 0 });
		const days = (Number(row.expires_at) - Date.now()) / (24 * 3_600_000);
		expect(days).toBeGreaterThan(6.99);
		expect(days).toBeLessThanOrEqual(7);
	});

	it('refuses what still lives, as data', async () => {
		const waiting = newDelivery();
		await store.insert([waiting]);
		const replay = { operation: 'replay', replayWhich: 'one', replayId: waiting.id };
		expect(await give({ ...replay, replayOptions: { force: true } })).toMatchObject([
			{ replayed: false, refusal: 'the delivery still lives' },
		]);
	});

	it('refuses what is older than something delivered about its subject, unless forced', async () => {
		const older = await ended('dead', { orderKey: 'k' });
		await ended('delivered', { orderKey: 'k' });
		const replay = { operation: 'replay', replayWhich: 'one', replayId: older };
		expect(await give(replay)).toMatchObject([
			{ replayed: false, refusal: 'a newer delivery of its subject was delivered' },
		]);
		const forced = { replayOptions: { force: true } };
		expect(await give({ ...replay, ...forced })).toMatchObject([{ replayed: true }]);
	});

	it('revives all that fit, or died since a time, and says what it refused', async () => {
		const mine = await ended('dead', { name: 'mine' });
		const other = await ended('dead', { name: 'other' });
		const [byName] = await give({
			operation: 'replay',
			replayWhich: 'filter',
			replayStates: ['dead'],
			replayFilters: { name: 'mine' },
		});
		expect(byName).toEqual({ replayed: 1, refused: 0, refusals: [], queues: { q: 1 } });
		expect((await rowOf(store, mine)).status).toBe('retrying');
		const since = { operation: 'replay', replayWhich: 'since' };
		const later = new Date(Date.now() + 60_000).toISOString();
		expect(await give({ ...since, replaySince: later })).toMatchObject([{ replayed: 0 }]);
		const { queue: _queue, ...unsent } = newDelivery({ status: 'dead' });
		await store.insert([unsent]);
		const before = new Date(Date.now() - 60_000).toISOString();
		const reason = 'no sender ever took it, so it has no queue';
		expect(await give({ ...since, replaySince: before })).toMatchObject([
			{ replayed: 1, refused: 1, refusals: [{ reason, count: 1, ids: [unsent.id] }] },
		]);
		expect((await rowOf(store, other)).status).toBe('retrying');
	});

	it('says where no trigger serves the queue', async () => {
		const id = await ended('dead', { queue: 'lonely', consumer: queueConsumer('lonely') });
		const result = await run({ operation: 'replay', replayWhich: 'one', replayId: id });
		expect(result.hints(LOG)).toEqual([
			expect.stringContaining('No active Delivery Queue Trigger serves the queue "lonely"'),
		]);
	});

	it('asks the rule of profile exports', async () => {
		const old = await ended('dead', {
			kind: 'profile',
			orderKey: 'd ann',
			request: JSON.stringify({
				method: 'POST',
				url: 'https://a.example',
				headers: {},
				body: '{}',
			}),
		});
		// No profile names it as its last export, so another was made since.
		expect(await give({ operation: 'replay', replayWhich: 'one', replayId: old })).toMatchObject([
			{ replayed: false, refusal: 'a newer export of one of its profiles was made' },
		]);
	});

	it.each([
		[{ replayWhich: 'since', replaySince: ' ' }, 'Since is empty'],
		[{ replayWhich: 'filter', replayStates: [] }, 'States are empty'],
		[{ replayWhich: 'filter', replayStates: ['dead'] }, 'Filters: none is set'],
		[
			{ replayWhich: 'one', replayId: 'x', replayOptions: { expiresDays: 'soon' } },
			'Options › Expires After (Days) is no number from 0 on',
		],
	])('refuses %j and names the field', async (parameters, message) => {
		const error = await failure({ operation: 'replay', ...parameters } as IDataObject);
		expect(error.message).toBe(message);
	});
});

describe('Cancel', () => {
	it('closes one that waits; one that has ended is refused, as data', async () => {
		const waiting = newDelivery();
		await store.insert([waiting]);
		const cancel = { operation: 'cancel', cancelWhich: 'one' };
		expect(await give({ ...cancel, cancelId: waiting.id })).toMatchObject([
			{ cancelled: true, delivery: { reason: 'cancelled' }, stored: { state: 'closed' } },
		]);
		expect(await give({ ...cancel, cancelId: waiting.id })).toMatchObject([
			{ cancelled: false, refusal: 'it has ended already' },
		]);
	});

	it('leaves one that is on its way, and says so', async () => {
		const waiting = newDelivery();
		await store.insert([waiting]);
		await store.claim(waiting.consumer, 1);
		expect(
			await give({ operation: 'cancel', cancelWhich: 'one', cancelId: waiting.id }),
		).toMatchObject([{ cancelled: false, refusal: 'it is on its way at this moment' }]);
		const result = await run({
			operation: 'cancel',
			cancelWhich: 'filter',
			cancelFilters: { queue: 'q' },
		});
		expect(result.outputs(LOG)[0][0].json).toEqual({ cancelled: 0, underWay: 1 });
		expect(result.hints(LOG)).toEqual([expect.stringContaining('1 deliveries that fit are on')]);
	});

	it.each([
		[{ cancelWhich: 'execution', cancelExecution: 'e1' }, 1],
		[{ cancelWhich: 'workflow', cancelWorkflow: 'w' }, 2],
		[{ cancelWhich: 'filter', cancelFilters: { name: 'nobody' } }, 0],
	])('closes all that %j means', async (parameters, cancelled) => {
		await store.insert([
			newDelivery({ workflowId: 'w', executionId: 'e1' }),
			newDelivery({ workflowId: 'w', executionId: 'e2' }),
			newDelivery({ workflowId: 'v', executionId: 'e3' }),
		]);
		expect(await give({ operation: 'cancel', ...parameters } as IDataObject)).toEqual([
			{ cancelled, underWay: 0 },
		]);
	});

	it.each([
		[{ cancelWhich: 'filter' }, 'Filters: none is set'],
		[{ cancelWhich: 'execution', cancelExecution: ' ' }, 'Execution ID is empty'],
		[{ cancelWhich: 'workflow', cancelWorkflow: ' ' }, 'Workflow ID is empty'],
	])('refuses %j and names the field', async (parameters, message) => {
		const error = await failure({ operation: 'cancel', ...parameters } as IDataObject);
		expect(error.message).toBe(message);
	});
});

describe('Move to Queue', () => {
	it("brings what waits to this workflow's queue, and what no sender has had when told", async () => {
		const waiting = newDelivery({ queue: 'old', consumer: queueConsumer('old') });
		const { queue: _queue, ...hit } = newDelivery({ consumer: 'trigger:old/n', workflowId: 'old' });
		await store.insert([waiting, hit]);
		const move = { operation: 'move', moveFrom: 'old' };
		expect(await give(move)).toEqual([
			{ queue: 'workflow-1', moved: 1, deadLetters: 0, underWay: 0 },
		]);
		expect(await rowOf(store, waiting.id)).toMatchObject({ queue: 'workflow-1' });
		expect(await rowOf(store, hit.id)).toMatchObject({ queue: null });
		const options = { moveOptions: { unsentOf: 'old' } };
		expect(await give({ ...move, ...options, moveTo: 'named' })).toMatchObject([
			{ queue: 'named', moved: 1 },
		]);
		expect(await rowOf(store, hit.id)).toMatchObject({ consumer: 'queue:named' });
	});

	it.each([
		[{ moveFrom: ' ' }, 'From Queue is empty'],
		[{ moveFrom: 'a', moveTo: 'no spaces' }, 'To Queue: "no spaces" cannot be a queue\'s name'],
	])('refuses %j and names the field', async (parameters, message) => {
		const error = await failure({ operation: 'move', ...parameters } as IDataObject);
		expect(error.message).toBe(message);
	});
});

describe('Statistics', () => {
	it('count, and measure against the ten minutes', async () => {
		await ended('delivered');
		await ended('dead');
		await store.insert([newDelivery()]);
		const [item] = await give({ operation: 'statistics', groupBy: 'endpoint' });
		expect(item).toMatchObject({
			endpoint: 'https://a.example',
			deliveries: { stored: 3, delivered: 1, dead: 1, pending: 1, retrying: 0, closed: 0 },
			successRate: 0.5,
			tenMinuteAim: { withinShare: 1, isMet: true },
			attempts: { total: 2, untilSuccess: { 1: 1 } },
			events: { taken: 0, handled: 0, waiting: 0, dead: 0 },
		});
		expect(Object.keys(item.latencyMs)).toEqual(['p50', 'p95', 'p99', 'max', 'mean']);
	});

	it('say nothing of rates where nothing has come to an end', async () => {
		await store.insert([newDelivery()]);
		const [item] = await give({ operation: 'statistics', period: 'day' });
		expect(item).toMatchObject({
			period: expect.stringMatching(/T00:00:00.000Z$/),
			successRate: null,
			latencyMs: { p50: null, p95: null, p99: null, max: null, mean: null },
			tenMinuteAim: { withinShare: null, isMet: null },
		});
	});
});

describe('Purge', () => {
	it('removes what ended long enough ago, dead letters only when chosen', async () => {
		const dead = await ended('dead');
		await ended('delivered');
		const waiting = newDelivery();
		await store.insert([waiting]);
		const purge = { operation: 'purge', purgeStates: ['delivered', 'closed'] };
		expect(await give(purge)).toEqual([{ purged: 0 }]);
		expect(await give({ ...purge, purgeDays: 0 })).toEqual([{ purged: 1 }]);
		expect((await rowsOf(store)).map(({ id }) => id)).toEqual([dead, waiting.id]);
		expect(await give({ operation: 'purge', purgeStates: ['dead'], purgeDays: 0 })).toEqual([
			{ purged: 1 },
		]);
		expect((await rowsOf(store)).map(({ id }) => id)).toEqual([waiting.id]);
	});

	it('notes first which profiles owe an export, since the dead letter told it', async () => {
		const id = await ended('dead', { kind: 'profile', sourceId: 'w/d' });
		await store.write(async ({ db }) => {
			await sql`insert into profile_destinations (destination, name, settings)
				values ('w/d', 'd', '{}')`.execute(db);
			await sql`insert into profile_states (destination, profile_key, identity, delivery_id,
					exported_revision, updated_at, state)
				values ('w/d', 'ann', 'ann', ${id}, 0, 0, '{}')`.execute(db);
		});
		await give({ operation: 'purge', purgeStates: ['dead'], purgeDays: 0 });
		expect(await rowsOf(store)).toEqual([]);
		const { rows } = await store.read(
			async ({ db }) => await sql`select owed from profile_states`.execute(db),
		);
		expect(rows).toEqual([{ owed: 'HTTP 410' }]);
	});

	it.each([
		[{ purgeStates: [] }, 'States are empty'],
		[{ purgeStates: ['dead'], purgeDays: -1 }, 'Older Than (Days) is no number from 0 on'],
	])('refuses %j and names the field', async (parameters, message) => {
		const error = await failure({ operation: 'purge', ...parameters } as IDataObject);
		expect(error.message).toBe(message);
	});
});

it('an execution that is stopped ends between two parts', async () => {
	await store.insert(Array.from({ length: 3_000 }, () => newDelivery()));
	const { done, cancel } = startWorkflow(
		workflowOf(
			{ operation: 'cancel', cancelWhich: 'filter', cancelFilters: { queue: 'q' } },
			[{}],
			{},
		),
	);
	const first = async () =>
		(await rowsOf(store)).some(({ status }) => status === 'closed') ? true : undefined;
	while (!(await first()));
	cancel();
	await done;
	await new Promise((resolve) => setTimeout(resolve, 200));
	const closed = (await rowsOf(store)).filter(({ status }) => status === 'closed').length;
	expect(closed).toBeGreaterThan(0);
	expect(closed).toBeLessThan(3_000);
});
