import '../harness/environment';
import { sql } from 'kysely';
import type { IDataObject } from 'n8n-workflow';
import { advanceBackfill, beginBackfill } from '../../../lib/profiles';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { queueConsumer } from '../../../lib/store/lines';
import { LongWorkNote } from '../../../lib/store/log/longWork';
import { writeMeta } from '../../../lib/store/meta';
import { settleDeliveries } from '../../../lib/store/settle';
import { parseExposition } from '../../e2e/harness/exposition';
import { newDelivery, rowOf, rowsOf } from '../../support/stores';
import { embeddedStore } from '../harness/contexts';
import { runWorkflow } from '../harness/workflow';

const LOG = 'Log';
const SECRET = 'k-4711-secret';

let store: DeliveryStore;

beforeEach(async () => {
	store = await embeddedStore();
	await store.write(async ({ db }) => {
		for (const table of ['deliveries', 'requests', 'attempts', 'lanes', 'leases'] as const) {
			await db.deleteFrom(table).execute();
		}
		await db.deleteFrom('deduplication').execute();
		await sql`delete from profile_backfills`.execute(db);
		await db.deleteFrom('meta').where('key', 'like', 'log.%').execute();
		await db.deleteFrom('meta').where('key', 'like', 'work:%').execute();
	});
});

async function run(parameters: IDataObject, item: IDataObject, id = 'node-1') {
	const result = await runWorkflow({
		nodes: [
			{ name: LOG, id, type: 'n8n-nodes-postback.deliveryLog', parameters: parameters as never },
		],
		wires: [],
		start: LOG,
		items: [item],
	});
	if (result.error) throw new Error(result.error.message);
	return result.outputs(LOG)[0].map(({ json }) => json);
}

/** Asks a node for its page, as the Webhook node's item has it. */
async function open(
	request: { query?: unknown; body?: unknown } = {},
	fields: IDataObject = {},
	node?: string,
) {
	const parameters = {
		operation: 'dashboard',
		dashboardQuery: '={{ $json.query }}',
		dashboardForm: '={{ $json.body }}',
		...fields,
	};
	const [{ html, statusCode }] = await run(parameters, request as IDataObject, node);
	return { html: String(html), statusCode };
}

/** The hidden fields of the form that does something to a delivery, or to all. */
function formOf(html: string, action: string, id = ''): Record<string, string> {
	const forms = html.split('<form').map((form) => {
		const fields = [...form.matchAll(/name="(\w+)"\s+value="([^"]*)"/g)];
		return Object.fromEntries(fields.map(([, name, value]) => [name, value]));
	});
	const found = forms.find((one) => one.action === action && (id === '' || one.id === id));
	if (!found) throw new Error(`No form for ${action} ${id}`);
	return found;
}

const has = (html: string, action: string) => html.includes(`value="${action}"`);

async function dead(overrides: Partial<Parameters<typeof newDelivery>[0]> = {}): Promise<string> {
	const request = JSON.stringify({
		method: 'POST',
		url: `https://a.example/users/4711?email=ann@example.com&api_key=${SECRET}`,
		headers: { 'x-api-key': SECRET, 'x-user': 'ann' },
		body: JSON.stringify({ email: 'ann@example.com', password: SECRET }),
	});
	const one = newDelivery({ request, subject: 'ann-profile', ...overrides });
	await store.insert([one]);
	const claimed = await store.claim(one.consumer, 1_000, { special: true });
	await store.write(
		async (unit) =>
			await settleDeliveries(unit, claimed?.lease ?? '', [
				{
					id: one.id,
					status: 'dead',
					attempt: 1,
					step: 0,
					reason: 'HTTP 410',
					error: { code: 'HTTP_410', message: 'gone' },
					made: { startedAt: unit.now, durationMs: 12 },
					response: { statusCode: 410, bodyExcerpt: '{"to":"ann@example.com"}', durationMs: 12 },
				},
			]),
	);
	return one.id;
}

const waiting = async (overrides: Partial<Parameters<typeof newDelivery>[0]> = {}) => {
	const one = newDelivery({ dueAt: store.now() + 600_000, ...overrides });
	await store.insert([one]);
	return one.id;
};

const statusOf = async (id: string) => (await rowOf(store, id)).status;

describe('a page', () => {
	it('is given without a request too, such as in the editor', async () => {
		const { html, statusCode } = await open();
		expect(statusCode).toBe(200);
		expect(html).toMatch(/^<!doctype html>/);
		expect(html).toContain('No dead letters');
	});

	it('hides people unless it is allowed and asked for, and secrets always', async () => {
		await dead();
		const personal = { dashboardOptions: { personal: true } };
		for (const [query, fields] of [
			[{}, {}],
			[{ personal: '1' }, {}],
			[{}, personal],
		] as const) {
			const { html } = await open({ query }, fields);
			expect(html).toContain('HTTP 410');
			expect(html).not.toMatch(/ann@example|4711|ann-profile|>ann</);
			expect(html).not.toContain(SECRET);
		}
		const { html } = await open({ query: { personal: '1' } }, personal);
		expect(html).toContain('ann@example.com');
		expect(html).toContain('ann-profile');
		expect(html).not.toContain(SECRET);
	});

	it('shows what the query asks for', async () => {
		await dead({ name: 'one' });
		await dead({ name: 'two', endpoint: 'https://b.example' });
		const names = async (query: IDataObject) => {
			const { html } = await open({ query });
			return ['one', 'two'].filter((name) => html.includes(`<b>${name}</b>`));
		};
		expect(await names({})).toEqual(['one', 'two']);
		expect(await names({ name: 'o*' })).toEqual(['one']);
		expect(await names({ endpoint: 'https://b.example' })).toEqual(['two']);
		expect(await names({ state: 'delivered' })).toEqual([]);
		expect(await names({ reason: 'HTTP 5*' })).toEqual([]);
	});

	it('turns over, each delivery once', async () => {
		const ids = [];
		for (let n = 0; n < 5; n++) ids.push(await dead());
		const seen: string[] = [];
		let after: string | undefined;
		for (let pages = 0; pages < 4; pages++) {
			const options = { dashboardOptions: { rows: 2 } };
			const { html } = await open({ query: after ? { after } : {} }, options);
			seen.push(...[...html.matchAll(/<dd>(msg_\w+)<\/dd>/g)].map(([, id]) => id));
			after = /after=(\d+)#list">\s*Older/.exec(html.replaceAll('&amp;', '&'))?.[1];
			if (!after) break;
		}
		expect(seen).toEqual(ids.reverse());
	});

	it('says that a query is no object', async () => {
		await expect(open({ query: 'text' })).rejects.toThrow('Query is no object');
	});
});

describe('the buttons', () => {
	it('replay a dead letter once', async () => {
		const id = await dead();
		const { html } = await open();
		const body = formOf(html, 'replay', id);
		const first = await open({ body });
		expect(first.statusCode).toBe(200);
		expect(first.html).toContain(`${id} is sent again`);
		expect(await statusOf(id)).toBe('retrying');
		const second = await open({ body });
		expect(second.statusCode).toBe(409);
		expect(second.html).toContain('done already');
	});

	it('cancel what waits', async () => {
		const id = await waiting();
		const body = formOf((await open()).html, 'cancel', id);
		expect(await open({ body })).toMatchObject({ statusCode: 200 });
		expect(await rowOf(store, id)).toMatchObject({ status: 'closed', reason: 'cancelled' });
	});

	it('say why nothing was done: it lives, it has ended, it is gone', async () => {
		const id = await dead();
		const { html } = await open();
		const [one, two] = [formOf(html, 'replay', id), formOf((await open()).html, 'replay', id)];
		await open({ body: one });
		const lives = await open({ body: two });
		expect(lives.statusCode).toBe(409);
		expect(lives.html).toContain('Not replayed');
		const waits = await waiting();
		const cancels = formOf((await open()).html, 'cancel', waits);
		await store.write(async ({ db }) => {
			await db.deleteFrom('deliveries').where('id', '=', waits).execute();
		});
		expect(await open({ body: cancels })).toMatchObject({ statusCode: 404 });
	});

	it('replay or cancel all that fit the filters they were made for, with a tick', async () => {
		const mine = [await dead({ name: 'mine' }), await dead({ name: 'mine' })];
		const other = await dead({ name: 'other' });
		const query = { name: 'mine' };
		const { html } = await open({ query });
		const { sure: _sure, ...form } = formOf(html, 'replayAll');
		expect(await open({ query, body: form })).toMatchObject({ statusCode: 400 });
		const body = { ...form, sure: '1' };
		expect(await open({ query: {}, body })).toMatchObject({ statusCode: 403 });
		const done = await open({ query, body });
		expect(done.html).toContain('2 dead letters are sent again');
		expect(await statusOf(other)).toBe('dead');
		for (const id of mine) expect(await statusOf(id)).toBe('retrying');
		const cancel = { ...formOf((await open({ query })).html, 'cancelAll'), sure: '1' };
		expect((await open({ query, body: cancel })).html).toContain('2 deliveries are cancelled');
		expect(await open({ query, body: cancel })).toMatchObject({ statusCode: 409 });
	});

	it.each([
		['no token', { token: '' }],
		['a forged token', { token: `1.${'n'.repeat(22)}.${'A'.repeat(43)}` }],
		['the token of another action', { action: 'cancel' }],
		['a field that is no text', { token: { $ne: '' } }],
	])('refused: %s', async (_, change) => {
		const id = await dead();
		const form = formOf((await open()).html, 'replay', id);
		const answer = await open({ body: { ...form, ...change } });
		expect(answer.statusCode).toBe(403);
		expect(answer.html).toContain('nothing was done');
		expect(await statusOf(id)).toBe('dead');
	});

	it('refused: the token of another node', async () => {
		const id = await dead();
		const form = formOf((await open({}, {}, 'node-2')).html, 'replay', id);
		expect(await open({ body: form })).toMatchObject({ statusCode: 403 });
		expect(await statusOf(id)).toBe('dead');
	});

	it('refused: a form where the page only shows', async () => {
		const id = await dead();
		await waiting();
		const form = formOf((await open()).html, 'replay', id);
		const fields = { dashboardActions: false };
		const { html } = await open({}, fields);
		for (const action of ['replay', 'cancel', 'replayAll', 'cancelAll']) {
			expect(has(html, action)).toBe(false);
		}
		expect(await open({ body: form }, fields)).toMatchObject({ statusCode: 403 });
		expect(await statusOf(id)).toBe('dead');
	});
});

describe("the node's own filters", () => {
	const fields = { dashboardFilters: { name: 'mine' } };

	it('hold whatever the query asks for', async () => {
		await dead({ name: 'mine' });
		await dead({ name: 'other', endpoint: 'https://other.example' });
		await waiting({ name: 'other', queue: 'other-queue', consumer: queueConsumer('other-queue') });
		for (const query of [{}, { name: '*' }, { state: 'any', name: 'other' }]) {
			const { html } = await open({ query }, fields);
			expect(html).toContain('<b>mine</b>');
			expect(html).not.toMatch(/<b>other<|other\.example|other-queue/);
		}
	});

	it('refused: a button for what they leave out', async () => {
		const other = await dead({ name: 'other' });
		// The same node made this form when it had no filter yet.
		const form = formOf((await open()).html, 'replay', other);
		expect(await open({ body: form }, fields)).toMatchObject({ statusCode: 404 });
		expect(await statusOf(other)).toBe('dead');
	});
});

describe('progress', () => {
	const work = {
		id: '1',
		what: 'Replay',
		done: 1_200,
		share: 0.4213,
		status: 'running',
		startedAt: 0,
		updatedAt: 0,
		executionId: '77',
	};

	beforeEach(async () => {
		const now = store.now();
		const value = JSON.stringify({ ...work, startedAt: now - 9_000, updatedAt: now });
		await store.write(async (unit) => await writeMeta(unit, 'work:000:1', value));
	});

	it('of long work is an item each', async () => {
		expect(await run({ operation: 'progress' }, {})).toMatchObject([
			{ work: 'Replay', status: 'running', share: 0.421, deliveries: 1_200, executionId: '77' },
		]);
	});

	it('of backfills too, on the page and in the metrics as well', async () => {
		await store.write(async (unit) => {
			const wanted = { id: 'b1', destination: 'w/crm', audiences: [], settings: '{}' };
			await beginBackfill(unit, wanted);
			await sql`update profile_backfills set total = 400 where id = 'b1'`.execute(unit.db);
			const step = { cursor: 'p9', lookedAt: 100, exported: 40, withoutSnapshot: 1 };
			await advanceBackfill(unit, 'b1', step);
		});
		const [backfill] = (await run({ operation: 'progress' }, {})).filter(
			({ work: what }) => what === 'Backfill',
		);
		expect(backfill).toMatchObject({
			destination: 'w/crm',
			status: 'running',
			share: 0.25,
			profiles: { total: 400, lookedAt: 100, exported: 40, withoutSnapshot: 1 },
		});
		expect((await open()).html).toContain('100 of 400 profiles looked at, 40 exported');
		const [{ text }] = await run({ operation: 'metrics' }, {});
		const metrics = parseExposition(String(text));
		expect(metrics.value('postback_backfill_progress', { destination: 'w/crm' })).toBe(0.25);
	});

	it('a page for something else does not tell of it', async () => {
		const { html } = await open({}, { dashboardFilters: { name: 'mine' } });
		expect(html).not.toContain('Long work');
	});

	it('stands on the page', async () => {
		const { html } = await open();
		expect(html).toContain('Long work');
		expect(html).toContain('42.1 %');
		expect(html).toContain('1,200 deliveries');
	});

	it('a work that takes long is noted by the operation that does it', async () => {
		const noted = jest.spyOn(LongWorkNote.prototype, 'progress');
		try {
			await dead();
			await run({ operation: 'purge', purgeStates: ['dead'], purgeDays: 0 }, {});
			expect(noted).toHaveBeenCalledWith(1, expect.any(Number));
		} finally {
			noted.mockRestore();
		}
	});
});

describe('metrics', () => {
	const scrape = async (options: IDataObject = {}) => {
		const [{ text, contentType }] = await run(
			{ operation: 'metrics', metricsOptions: options },
			{},
		);
		expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
		return parseExposition(String(text));
	};

	it('count what ended and what waits', async () => {
		await dead();
		await waiting();
		await new Promise((resolve) => setTimeout(resolve, 5));
		const metrics = await scrape();
		const at = { queue: 'q', endpoint: 'https://a.example' };
		expect(metrics.value('postback_deliveries_ended_total', { outcome: 'dead', ...at })).toBe(1);
		expect(metrics.value('postback_dead_letters', at)).toBe(1);
		expect(metrics.value('postback_deliveries_waiting', { state: 'pending', ...at })).toBe(1);
		expect(metrics.value('postback_deliveries_waiting', { state: 'retrying', ...at })).toBe(0);
	});

	it('give few endpoints a label of their own', async () => {
		for (const host of ['a', 'b', 'c']) await dead({ endpoint: `https://${host}.example` });
		await new Promise((resolve) => setTimeout(resolve, 5));
		const metrics = await scrape({ endpoints: 2 });
		const ended = (endpoint: string) =>
			metrics.value('postback_deliveries_ended_total', { outcome: 'dead', endpoint });
		expect(ended('https://a.example')).toBe(1);
		expect(ended('other')).toBe(1);
		expect(() => ended('https://c.example')).toThrow();
	});
});

it('what a page changes is all in the store', async () => {
	const id = await dead();
	const { html } = await open();
	await open({ body: formOf(html, 'replay', id) });
	const [row] = await rowsOf(store, [id]);
	expect(row).toMatchObject({ status: 'retrying', line: queueConsumer('q') });
});
