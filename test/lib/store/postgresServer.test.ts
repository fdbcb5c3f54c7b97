import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../lib/clock';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { queueConsumer } from '../../../lib/store/lines';
import { deliveriesMigration } from '../../../lib/store/migrations/0001-deliveries';
import { openPostgresStore, type PostgresStoreOptions } from '../../../lib/store/openPostgres';
import type { PostgresSettings } from '../../../lib/store/postgres/settings';
import { settleDeliveries } from '../../../lib/store/settle';
import { profileMigrations } from '../../../lib/profiles/store/migrations';
import { pushMigrations } from '../../../lib/push/store/migrations';
import { PostgresServer, TEST_PASSWORD, TEST_USER } from '../../support/postgres/server';
import { newDelivery, rowsOf } from '../../support/stores';

const consumer = queueConsumer('q');
let ids = 0;

/** A server of this file's own, which it may stop and start. */
describe('a store in PostgreSQL', () => {
	let folder: string;
	let server: PostgresServer;
	let open: DeliveryStore[];

	beforeAll(async () => {
		folder = mkdtempSync(join(tmpdir(), 'postback-server-'));
		server = await PostgresServer.start({ folder });
	});

	afterAll(async () => {
		await server.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	beforeEach(() => {
		open = [];
	});

	afterEach(async () => {
		await Promise.all(open.map(async (store) => await store.close()));
		await server.query('drop schema if exists s cascade; drop schema if exists "S 2" cascade');
	});

	const settings = (overrides: Partial<PostgresSettings> = {}): PostgresSettings => ({
		host: '127.0.0.1',
		port: server.port,
		database: 'postgres',
		user: TEST_USER,
		password: TEST_PASSWORD,
		schema: 's',
		ssl: 'off',
		maxConnections: 5,
		...overrides,
	});

	async function openStore(overrides: Partial<PostgresStoreOptions> = {}): Promise<DeliveryStore> {
		const store = await openPostgresStore({
			settings: settings(),
			applicationName: 'test',
			clock: systemClock,
			random: Math.random,
			newId: () => `boot-${++ids}-${Math.random()}`,
			migrations: { '0001-deliveries': deliveriesMigration },
			events: { onDeadLettersGoing: () => undefined, onError: () => undefined },
			...overrides,
		});
		open.push(store);
		return store;
	}

	describe('at its start', () => {
		it('makes schema and tables once, however many processes start at the same time', async () => {
			const stores = await Promise.all([1, 2, 3, 4].map(async () => await openStore()));
			await Promise.all(stores.map(async (store) => await store.insert([newDelivery()])));
			expect(await rowsOf(stores[0])).toHaveLength(4);
			expect(await server.query('select name from s.kysely_migration')).toEqual([
				{ name: '0001-deliveries' },
			]);
		});

		it('leaves nothing of a migration that fails, and goes on where it stopped', async () => {
			const failing = {
				up: async () => {
					throw new Error('half of it');
				},
			};
			const migrations = { '0001-deliveries': deliveriesMigration, '0002-x': failing };
			await expect(openStore({ migrations })).rejects.toThrow('half of it');
			expect(await server.query("select 1 from pg_namespace where nspname = 's'")).toEqual([]);
			await openStore();
			await openStore({
				migrations: { '0001-deliveries': deliveriesMigration, ...profileMigrations },
			});
		});

		it('refuses tables that a newer version has made', async () => {
			await openStore({
				migrations: { '0001-deliveries': deliveriesMigration, ...pushMigrations },
			});
			await expect(openStore()).rejects.toMatchObject({
				name: 'StoreSetupError',
				code: 'NEWER_SCHEMA',
			});
		});

		it('compares texts byte by byte and holds numbers of 64 bits, as SQLite does', async () => {
			await openStore();
			const columns = await server.query(`select column_name, data_type, collation_name
				from information_schema.columns where table_schema = 's' and table_name = 'deliveries'
				and column_name in ('no', 'line', 'attempt') order by 1`);
			expect(columns).toEqual([
				{ column_name: 'attempt', data_type: 'bigint', collation_name: null },
				{ column_name: 'line', data_type: 'text', collation_name: 'C' },
				{ column_name: 'no', data_type: 'bigint', collation_name: null },
			]);
		});

		it('keeps stores in different schemas apart', async () => {
			const [one, other] = [
				await openStore(),
				await openStore({ settings: settings({ schema: 't' }) }),
			];
			await one.insert([newDelivery()]);
			expect(await rowsOf(other)).toEqual([]);
			await other.close();
			await server.query('drop schema t cascade');
		});
	});

	it('keeps every character of a text, U+0000 and U+FFFF too', async () => {
		const store = await openStore();
		const subject = 'a\0b\uFFFFc\uFFFF0';
		const key = { scope: 's', key: 'k\0', expiresAt: store.now() + 1e6 };
		await store.insert([newDelivery({ subject, orderKey: subject, deduplication: key })]);
		const second = await store.insert([newDelivery({ deduplication: key })]);
		expect(second.duplicates).toHaveLength(1);
		expect((await rowsOf(store))[0]).toMatchObject({ subject, order_key: subject });
	});

	it('decides by the clock of the database, whatever the machine says', async () => {
		const store = await openStore({ clock: { ...systemClock, now: () => 0 } });
		const now = await store.read(async (unit) => await Promise.resolve(unit.now));
		expect(Math.abs(now - Date.now())).toBeLessThan(5_000);
		expect(Math.abs(store.now() - Date.now())).toBeLessThan(5_000);
		await store.insert([newDelivery()]);
		expect((await store.claim(consumer, 1))?.deliveries).toHaveLength(1);
	});

	it('counts room that can be used again as free', async () => {
		const store = await openStore();
		const request = JSON.stringify({ url: 'x'.repeat(5_000) });
		const sizeNow = async () => {
			// The server counts the rows then, and not only once in a while.
			await server.query('analyze s.requests');
			await systemClock.sleep(550);
			return await store.sizeBytes();
		};
		await store.insert(Array.from({ length: 500 }, () => newDelivery({ request })));
		const full = await sizeNow();
		expect(full).toBeGreaterThan(500_000);
		await store.write(async ({ db }) => {
			await db.deleteFrom('requests').where('delivery_no', '>', 50).execute();
		});
		expect(await sizeNow()).toBeLessThan(full / 2);
		await store.insert(Array.from({ length: 450 }, () => newDelivery({ request })));
		expect(await sizeNow()).toBeGreaterThan(full * 0.9);
	});

	describe('when the server goes', () => {
		it('goes on after a restart: what was under way is written once, the rest waits', async () => {
			const store = await openStore();
			const first = Array.from({ length: 20 }, () => newDelivery());
			await store.insert(first);
			const batch = await store.claim(consumer, 5);
			await server.stop('SIGINT');
			const meanwhile = Array.from({ length: 10 }, () => newDelivery());
			const writing = meanwhile.map(async (one) => await store.insert([one]));
			const settling = store.write(
				async (unit) =>
					await settleDeliveries(
						unit,
						batch?.lease ?? '',
						(batch?.deliveries ?? []).map(({ delivery: { id } }) => ({
							id,
							status: 'delivered',
							attempt: 1,
							step: 0,
						})),
					),
			);
			await systemClock.sleep(300);
			await server.start();
			expect((await settling).size).toBe(5);
			for (const { stored } of await Promise.all(writing)) expect(stored.size).toBe(1);
			const rows = await rowsOf(store);
			expect(rows).toHaveLength(30);
			expect(rows.filter(({ status }) => status === 'delivered')).toHaveLength(5);
			expect((await store.claim(consumer, 100))?.deliveries).toHaveLength(25);
		}, 60_000);

		it('says so when it does not come back, and works again when it does', async () => {
			const clock = { ...systemClock, sleep: async () => await systemClock.sleep(1) };
			const store = await openStore({ clock: { ...systemClock } });
			await server.stop('SIGINT');
			const impatient = openStore({ clock });
			await expect(impatient).rejects.toMatchObject({ code: 'UNREACHABLE' });
			await expect(impatient).rejects.not.toThrow(TEST_PASSWORD);
			await server.start();
			await store.insert([newDelivery()]);
			expect(await rowsOf(store)).toHaveLength(1);
		}, 60_000);
	});

	describe('when a connection breaks', () => {
		let proxy: BreakingProxy;

		beforeEach(async () => {
			proxy = await BreakingProxy.start(server.port);
		});

		afterEach(async () => {
			await Promise.all(open.map(async (store) => await store.close()));
			await proxy.stop();
		});

		it('runs a transaction again of which nothing was kept', async () => {
			const store = await openStore({ settings: settings({ port: proxy.port }) });
			let runs = 0;
			const job = store.write(async ({ db }) => {
				runs++;
				await db
					.insertInto('meta')
					.values({ key: `run ${runs}`, value: '' })
					.execute();
				if (runs === 1) proxy.breakAll();
				await db.selectFrom('meta').selectAll().execute();
			});
			await job;
			expect(runs).toBe(2);
			const rows = await server.query("select key from s.meta where key like 'run %'");
			expect(rows).toEqual([{ key: 'run 2' }]);
		});

		it('is closed in good time though the server is gone', async () => {
			const store = await openStore({ settings: settings({ port: proxy.port }) });
			await proxy.stop();
			const write = store.insert([newDelivery()]);
			const refused = expect(write).rejects.toThrow('ECONNREFUSED');
			await store.close();
			await refused;
			await expect(store.insert([newDelivery()])).rejects.toMatchObject({ code: 'CLOSED' });
		});

		it('does nothing twice that was kept though its answer was lost', async () => {
			const store = await openStore({ settings: settings({ port: proxy.port }) });
			let runs = 0;
			proxy.loseAnswerTo(/commit/);
			const value = await store.write(async ({ db }) => {
				runs++;
				await db
					.insertInto('meta')
					.values({ key: 'run', value: String(runs) })
					.execute();
				return runs;
			});
			expect({ value, runs }).toEqual({ value: 1, runs: 1 });
			expect(await server.query("select value from s.meta where key = 'run'")).toEqual([
				{ value: '1' },
			]);
		}, 60_000);
	});
});

/** Carries bytes to a server, and breaks off when it is told to. */
class BreakingProxy {
	private readonly sockets = new Set<Socket>();
	private losing: RegExp | undefined;

	private constructor(
		private readonly server: Server,
		readonly port: number,
	) {}

	static async start(target: number): Promise<BreakingProxy> {
		const server = createServer();
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const proxy = new BreakingProxy(server, (server.address() as AddressInfo).port);
		server.on('connection', (client) => proxy.carry(client, target));
		return proxy;
	}

	private carry(client: Socket, target: number): void {
		const upstream = connect(target, '127.0.0.1');
		let isLosing = false;
		for (const socket of [client, upstream]) {
			this.sockets.add(socket);
			socket.on('error', () => undefined);
			socket.on('close', () => {
				client.destroy();
				upstream.destroy();
			});
		}
		client.on('data', (data) => {
			if (this.losing?.test(data.toString('latin1'))) {
				this.losing = undefined;
				isLosing = true;
			}
			upstream.write(data);
		});
		upstream.on('data', (data) => {
			if (isLosing) client.destroy();
			else client.write(data);
		});
	}

	breakAll(): void {
		for (const socket of this.sockets) socket.destroy();
		this.sockets.clear();
	}

	/** Breaks the connection off once the server answers to this. */
	loseAnswerTo(text: RegExp): void {
		this.losing = text;
	}

	async stop(): Promise<void> {
		if (!this.server.listening) return;
		this.breakAll();
		await new Promise((resolve) => this.server.close(resolve));
	}
}
