import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NodeOperationError, type IRun } from 'n8n-workflow';
import { systemClock } from '../../../lib/clock';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { insertDeliveries } from '../../../lib/store/insert';
import { serve, type ServeOptions } from '../../../nodes/shared/serve';
import { closeStores, userFolder, withEnvironment } from '../harness/environment';
import { embeddedStore } from '../harness/contexts';
import { triggerContext, type TriggerContextOptions } from '../harness/triggerContext';
import { newDelivery } from '../../support/stores';

let consumer: string;
let consumers = 0;
const closing: (() => Promise<void>)[] = [];

beforeEach(() => (consumer = `trigger:w/${++consumers}`));
afterEach(async () => {
	await Promise.all(closing.splice(0).map(async (close) => await close()));
	jest.restoreAllMocks();
});

/** A trigger that serves; it is closed after the test. */
async function serving(
	options: TriggerContextOptions = {},
	serveOptions: Partial<ServeOptions> = {},
) {
	const trigger = triggerContext(options);
	const close = await serve(trigger.context, {
		consumer,
		batchSize: 2,
		longestWaitMs: 0,
		...serveOptions,
	});
	closing.push(async () => {
		await close();
		trigger.endAll();
	});
	return { ...trigger, close };
}

async function insert(count: number): Promise<string[]> {
	const rows = Array.from({ length: count }, () => newDelivery({ consumer, queue: undefined }));
	const store = await embeddedStore();
	await store.write(async (unit) => await insertDeliveries(unit, rows));
	store.wake(consumer, count);
	return rows.map(({ id }) => id);
}

async function rowsOf(ids: string[]) {
	const store = await embeddedStore();
	return await store.read(
		async (unit) =>
			await unit.db.selectFrom('deliveries').selectAll().where('id', 'in', ids).execute(),
	);
}

/** Looks until it holds. */
async function eventually<T>(look: () => Promise<T> | T, holds: (found: T) => boolean): Promise<T> {
	const end = Date.now() + 5_000;
	for (;;) {
		const found = await look();
		if (holds(found) || Date.now() > end) return found;
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

test('what waits is emitted in batches, each delivery once and leased', async () => {
	const ids = await insert(5);
	const { emitted } = await serving();
	const batches = await emitted(3);
	expect(batches.map(({ deliveries }) => deliveries.length)).toEqual([2, 2, 1]);
	const deliveries = batches.flatMap((batch) => batch.deliveries);
	expect(deliveries.map(({ id }) => id).sort()).toEqual(ids.sort());
	for (const delivery of deliveries) expect(delivery.lease).toEqual(expect.stringMatching(/./));
});

test('what comes later wakes it', async () => {
	const { emitted } = await serving();
	await insert(1);
	expect(await emitted(1)).toHaveLength(1);
});

test('what is stored waits while the package is removed, and comes once it is installed again', async () => {
	let there = false;
	const { emitted, emissions, lines } = await serving({}, { isInstalled: () => there });
	const ids = await insert(2);
	await new Promise((resolve) => setTimeout(resolve, 200));
	expect(emissions).toEqual([]);
	expect(await rowsOf(ids)).toMatchObject([{ lease: null }, { lease: null }]);
	there = true;
	expect(await emitted(1)).toHaveLength(1);
	const warnings = lines.filter(({ level }) => level === 'warn');
	expect(JSON.stringify(warnings)).toContain('n8n-nodes-postback was removed');
	expect(warnings).toHaveLength(1);
});

describe('when n8n says how the execution ended', () => {
	test('success: what no sender took is closed as not sent', async () => {
		const { emitted } = await serving();
		const ids = await insert(1);
		(await emitted(1))[0].end('success');
		const rows = await eventually(
			async () => await rowsOf(ids),
			([row]) => row.status === 'closed',
		);
		expect(rows[0]).toMatchObject({
			status: 'closed',
			reason: 'not sent by the workflow',
			lease: null,
		});
	});

	test('waiting: n8n keeps it, so it stays leased beyond a restart', async () => {
		const { emitted } = await serving();
		const ids = await insert(1);
		(await emitted(1))[0].end('waiting');
		const [{ lease }] = await rowsOf(ids);
		const kind = async () => {
			const store = await embeddedStore();
			return await store.read(
				async (unit) =>
					(
						await unit.db
							.selectFrom('leases')
							.select('kind')
							.where('id', '=', String(lease))
							.executeTakeFirst()
					)?.kind,
			);
		};
		expect(await eventually(kind, (found) => found === 'waiting')).toBe('waiting');
		expect((await rowsOf(ids))[0]).toMatchObject({ settled_at: null, lease });
	});

	test.each<IRun['status']>(['error', 'canceled', 'crashed', 'unknown'])(
		'%s: nothing is closed and the lease is left to lapse',
		async (status) => {
			const { emitted, lines } = await serving();
			const ids = await insert(1);
			(await emitted(1))[0].end(status);
			await new Promise((resolve) => setTimeout(resolve, 60));
			const [row] = await rowsOf(ids);
			expect(row).toMatchObject({ status: 'pending', settled_at: null });
			expect(row.lease).not.toBeNull();
			expect(lines).toEqual([]);
		},
	);

	test('stopped, by a rejection: the same', async () => {
		const { emitted } = await serving();
		const ids = await insert(1);
		(await emitted(1))[0].reject(new Error('stopped'));
		await new Promise((resolve) => setTimeout(resolve, 60));
		expect((await rowsOf(ids))[0]).toMatchObject({ status: 'pending', settled_at: null });
	});

	test('n8n does not take what is emitted: the same, and nothing is thrown', async () => {
		await serving({ refuseEmission: new Error('inactive') });
		const ids = await insert(1);
		await eventually(
			async () => await rowsOf(ids),
			([row]) => row.lease !== null,
		);
		await new Promise((resolve) => setTimeout(resolve, 60));
		expect((await rowsOf(ids))[0]).toMatchObject({ status: 'pending', settled_at: null });
	});
});

describe('deactivation', () => {
	test('ends it at once, and what comes after is not emitted', async () => {
		const onClose = jest.fn(async () => undefined);
		const { close, emissions } = await serving({}, { onClose });
		const started = Date.now();
		await close();
		expect(Date.now() - started).toBeLessThan(500);
		expect(onClose).toHaveBeenCalledTimes(1);
		const ids = await insert(1);
		await new Promise((resolve) => setTimeout(resolve, 60));
		expect(emissions).toEqual([]);
		expect((await rowsOf(ids))[0].lease).toBeNull();
	});

	test('a batch that is under way is followed to its end', async () => {
		const { close, emitted } = await serving();
		const ids = await insert(1);
		const [batch] = await emitted(1);
		await close();
		batch.end('success');
		const rows = await eventually(
			async () => await rowsOf(ids),
			([row]) => row.status === 'closed',
		);
		expect(rows[0].status).toBe('closed');
	});

	test('while the store cannot be opened ends too, and there is nothing to leave', async () => {
		const onClose = jest.fn(async () => undefined);
		const onOpen = async () => await Promise.reject(new Error('no'));
		const { close } = await serving({}, { onOpen, onClose });
		await close();
		expect(onClose).not.toHaveBeenCalled();
	});
});

test('a store that is closed under it is opened again, with what has to be done before the first claim', async () => {
	const opened: DeliveryStore[] = [];
	const { emitted } = await serving({}, { onOpen: async (store) => void opened.push(store) });
	await eventually(
		() => opened,
		(all) => all.length === 1,
	);
	await closeStores();
	await eventually(
		() => opened,
		(all) => all.length === 2,
	);
	await insert(1);
	expect(await emitted(1)).toHaveLength(1);
	expect(opened[1]).not.toBe(opened[0]);
});

describe('a store that cannot be opened', () => {
	const file = join(userFolder, '.n8n', 'postback', 'deliveries.sqlite');

	/** Time runs two hundred times as fast, and what is waited for is noted. */
	function hurried(): number[] {
		const waits: number[] = [];
		const { sleep } = systemClock;
		jest.spyOn(systemClock, 'sleep').mockImplementation(async (ms, signal) => {
			waits.push(ms);
			await sleep(ms / 200, signal);
		});
		return waits;
	}

	beforeEach(async () => {
		await closeStores();
		rmSync(join(userFolder, '.n8n', 'postback'), { recursive: true, force: true });
		mkdirSync(file, { recursive: true });
	});
	afterEach(() => rmSync(file, { recursive: true, force: true }));

	test.each(['init', 'leadershipChange', 'create'] as const)(
		'when n8n starts (%s) is waited for, said in the log, and then served from',
		async (activationMode) => {
			const waits = hurried();
			const { lines, emitted } = await serving({ activationMode });
			await eventually(
				() => lines,
				(all) => all.length >= 5,
			);
			expect(lines[0].level).toBe('warn');
			expect(lines[0].message).toMatch(
				/^The Node \(n8n-nodes-postback\.httpDelivery\): .*cannot be opened.* Trying again in 2 s\.$/s,
			);
			const retries = waits.filter((ms) => ms >= 2_000 && ms <= 15_000);
			expect(retries.slice(0, 5)).toEqual([2_000, 4_000, 8_000, 15_000, 15_000]);
			rmSync(file, { recursive: true });
			await eventually(
				async () => await insert(1).catch(() => undefined),
				(found) => found !== undefined,
			);
			expect(await emitted(1)).toHaveLength(1);
		},
	);

	test.each(['activate', 'update'] as const)(
		'when it is published (%s) is an error in the editor',
		async (activationMode) => {
			const { context } = triggerContext({ activationMode });
			const promise = serve(context, { consumer, batchSize: 1, longestWaitMs: 0 });
			await expect(promise).rejects.toBeInstanceOf(NodeOperationError);
			await expect(promise).rejects.toThrow(
				/^The delivery store cannot be used: .*cannot be opened/,
			);
		},
	);
});

describe('what has to be done first', () => {
	const conflict = async () =>
		await Promise.reject(
			new NodeOperationError({ name: 'x' } as never, 'The queue "q" is used', {
				description: 'Choose another.',
			}),
		);

	test('published: its error comes as it is', async () => {
		const { context } = triggerContext({ activationMode: 'activate' });
		const options = { consumer, batchSize: 1, longestWaitMs: 0, onOpen: conflict };
		await expect(serve(context, options)).rejects.toThrow(/^The queue "q" is used$/);
	});

	test('at the start of n8n: is tried again, and the log has the whole of it', async () => {
		const { lines } = await serving({}, { onOpen: conflict });
		await eventually(
			() => lines,
			(all) => all.length > 0,
		);
		expect(lines[0].message).toContain(
			'The queue "q" is used. Choose another. Trying again in 2 s.',
		);
	});
});

describe('in queue mode', () => {
	withEnvironment({ EXECUTIONS_MODE: 'queue' });

	test('publishing tells to choose PostgreSQL', async () => {
		const { context } = triggerContext({ activationMode: 'activate' });
		const promise = serve(context, { consumer, batchSize: 1, longestWaitMs: 0 });
		await expect(promise).rejects.toThrow(/Choose PostgreSQL/);
	});
});
