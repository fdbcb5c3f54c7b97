import { fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { queueConsumer } from '../../../lib/store/lines';
import { FakeClock } from '../../support/fakeClock';
import { batchInputs, ScriptedChannel, senderOptions } from '../../support/senders';
import { send } from '../../../lib/delivery/sender';
import { openTestStore, rowsOf, testFolder, type TestFolder } from '../../support/stores';

const SUPPORT = join(__dirname, '../../support/crash');

// What was in hand when the process died is claimed one by one, and a busy machine takes its time.
jest.setTimeout(60_000);

describe('after SIGKILL', () => {
	let folder: TestFolder;
	let store: DeliveryStore | undefined;

	beforeEach(() => {
		folder = testFolder();
		store = undefined;
	});

	afterEach(async () => {
		await store?.close();
		folder.remove();
	});

	/** Lets a process work on the store for a moment and kills it in the middle. */
	async function workAndDie(job: string): Promise<void> {
		const child = fork(join(SUPPORT, 'child.ts'), [folder.path, job], {
			execArgv: ['-r', join(SUPPORT, 'register.cjs')],
			stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
		});
		const ended = new Promise((resolve) => child.once('exit', resolve));
		const ready = await Promise.race([
			new Promise((resolve) => child.once('message', resolve)),
			ended.then(() => 'ended'),
		]);
		expect(ready).toBe('ready');
		await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 100));
		child.kill('SIGKILL');
		await ended;
	}

	const idsIn = (file: string): string[] => {
		const path = join(folder.path, file);
		return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
	};

	/** Opens the store as the next process and sends all that can be claimed. Gives what it sent. */
	async function reopenAndDrain(): Promise<string[]> {
		const clock = new FakeClock(Date.now() + 1_000);
		store = await openTestStore(folder.path, clock, {
			newId: () => crypto.randomUUID(),
			process: { pid: 1, host: 'test', isAlive: () => false },
		});
		const channel = new ScriptedChannel(clock, () => 200);
		const options = senderOptions(store, clock, channel);
		for (;;) {
			const batch = await store.claim(queueConsumer('q'), 500);
			if (!batch) return channel.ids;
			await send(batchInputs(batch), options);
		}
	}

	it.each(['insert', 'claim', 'send'])(
		'while it does this: %s, nothing that was accepted is lost',
		async (job) => {
			await workAndDie(job);
			const accepted = idsIn('accepted');
			expect(accepted.length).toBeGreaterThan(0);
			await reopenAndDrain();
			const delivered = new Set(
				(await rowsOf(store as DeliveryStore))
					.filter(({ status }) => status === 'delivered')
					.map(({ id }) => id),
			);
			expect(accepted.filter((id) => !delivered.has(id))).toEqual([]);
		},
	);

	it('while it sends, everything that left was stored before, and arrives as delivered', async () => {
		await workAndDie('take');
		const received = idsIn('received');
		expect(received.length).toBeGreaterThan(0);
		const again = await reopenAndDrain();
		const rows = await rowsOf(store as DeliveryStore);
		const status = new Map(rows.map((row) => [row.id, row.status]));
		expect(received.filter((id) => status.get(id) !== 'delivered')).toEqual([]);
		// Twice only what was under way or not yet noted; never what was noted.
		expect(again.filter((id) => received.includes(id)).length).toBeLessThan(received.length);
	});

	it('the file is whole', async () => {
		await workAndDie('send');
		const database = new DatabaseSync(join(folder.path, 'deliveries.sqlite'));
		expect(database.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
		database.close();
	});
});
