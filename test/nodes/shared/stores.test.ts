import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeOperationError } from 'n8n-workflow';
import { DEFAULT_RETENTION, type Retention } from '../../../lib/store/retention';
import { StoreSetupError } from '../../../lib/store/errors';
import { oncePerProcess } from '../../../nodes/shared/processScope';
import { storeOf, storeProblem } from '../../../nodes/shared/stores';
import { closeStores, userFolder, withEnvironment } from '../harness/environment';
import { fakeContext, testNode } from '../harness/contexts';

afterEach(closeStores);

const DAY = 24 * 3600_000;
const file = join(userFolder, '.n8n', 'postback', 'deliveries.sqlite');

describe('the store of a node', () => {
	test("without a credential is a file in n8n's user folder, made on first use", async () => {
		expect(existsSync(file)).toBe(false);
		const { settings } = await storeOf(fakeContext());
		expect(existsSync(file)).toBe(true);
		expect(settings).toEqual({ digestBodies: false, retention: DEFAULT_RETENTION });
	});

	test('is one for all nodes of the process, also while it is being opened', async () => {
		const both = await Promise.all([storeOf(fakeContext()), storeOf(fakeContext())]);
		expect(both[0].store).toBe(both[1].store);
	});

	test('is as its credential says', async () => {
		const deliveryStoreApi = { maxSizeMb: 2, deliveredDays: 1, deadDays: 60, digestBodies: true };
		const { settings } = await storeOf(fakeContext({ credentials: { deliveryStoreApi } }));
		expect(settings).toEqual({
			maxBytes: 2 * 1024 * 1024,
			digestBodies: true,
			retention: { deliveredMs: DAY, deadMs: 60 * DAY, warnMs: DEFAULT_RETENTION.warnMs },
		});
	});

	test.each([[{}], [{ maxSizeMb: 0, deliveredDays: 0, deadDays: -1, digestBodies: 'yes' }]])(
		'a credential that says nothing of use leaves the defaults: %j',
		async (deliveryStoreApi) => {
			const { settings } = await storeOf(fakeContext({ credentials: { deliveryStoreApi } }));
			expect(settings).toEqual({ digestBodies: false, retention: DEFAULT_RETENTION });
		},
	);

	test('keeps things as long as the credential last asked says; nodes without one change nothing', async () => {
		const keptDays = () => {
			const stores = oncePerProcess('stores', () => new Map<string, { retention: Retention }>());
			return (stores.get(file)?.retention.deadMs ?? 0) / DAY;
		};
		const withDays = async (deadDays: number) =>
			await storeOf(fakeContext({ credentials: { deliveryStoreApi: { deadDays } } }));
		await storeOf(fakeContext());
		expect(keptDays()).toBe(30);
		await withDays(60);
		expect(keptDays()).toBe(60);
		await storeOf(fakeContext());
		expect(keptDays()).toBe(60);
		await withDays(90);
		expect(keptDays()).toBe(90);
	});

	test('is opened once, though several find it closed at the same time', async () => {
		const { store } = await storeOf(fakeContext());
		await store.close();
		const all = await Promise.all([1, 2, 3].map(async () => await storeOf(fakeContext())));
		expect(new Set(all.map(({ store: one }) => one)).size).toBe(1);
	});

	test('is opened anew when it was closed', async () => {
		const { store } = await storeOf(fakeContext());
		await store.close();
		const { store: again } = await storeOf(fakeContext());
		expect(again.isClosed).toBe(false);
		expect(again).not.toBe(store);
	});
});

describe('refused', () => {
	describe('in queue mode', () => {
		withEnvironment({ EXECUTIONS_MODE: 'queue' });

		test('the embedded store, with the choice to make instead', async () => {
			await expect(storeOf(fakeContext())).rejects.toMatchObject({
				code: 'QUEUE_MODE',
				message: expect.stringContaining('Choose PostgreSQL') as string,
			});
		});
	});

	test('a file that is no store; once it can be read, whoever asks next gets it', async () => {
		rmSync(join(userFolder, '.n8n', 'postback'), { recursive: true, force: true });
		mkdirSync(file, { recursive: true });
		await expect(storeOf(fakeContext())).rejects.toMatchObject({ code: 'UNREADABLE' });
		rmSync(file, { recursive: true });
		writeFileSync(file, 'this is no database, and it is long enough to be looked at as one');
		await expect(storeOf(fakeContext())).rejects.toBeInstanceOf(StoreSetupError);
		rmSync(file);
		await expect(storeOf(fakeContext())).resolves.toBeDefined();
	});
});

describe('what n8n shows of a problem', () => {
	test('is one message, since it shows no description at publication', () => {
		const problem = storeProblem(
			testNode(),
			new StoreSetupError('OWNED', 'Another process has it.'),
		);
		expect(problem).toBeInstanceOf(NodeOperationError);
		expect(problem.message).toBe('The delivery store cannot be used: Another process has it.');
	});

	test('of the node itself stays as it is', () => {
		const own = new NodeOperationError(testNode(), 'mine');
		expect(storeProblem(testNode(), own)).toBe(own);
	});

	test('that is no error is told all the same', () => {
		expect(storeProblem(testNode(), 'gone').message).toContain('gone');
	});
});
