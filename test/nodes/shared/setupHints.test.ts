import { existsSync } from 'node:fs';
import { Workflow, type ICredentialTestFunctions, type INodeTypes } from 'n8n-workflow';
import { readMountInfo } from '../../../lib/store/volume';
import { queueTriggerHint } from '../../../nodes/shared/senderHints';
import { testDeliveryStore } from '../../../nodes/shared/storeCredentialTest';
import { embeddedStoreWarning } from '../../../nodes/shared/storePlace';
import { closeStores, userFolder, withEnvironment } from '../harness/environment';
import { testNode } from '../harness/contexts';
import { passThrough } from '../harness/testNodes';
import { delivery, runSender, SENDER, type SenderOptions } from '../HttpDelivery/support';

const TRIGGER = 'n8n-nodes-postback.deliveryQueueTrigger';
const QUIET = { saveDataSuccessExecution: 'none' } as const;

/** The hints of a test run; nobody listens at the port, which is no matter here. */
async function hintsOf(options: Partial<SenderOptions> = {}): Promise<string[]> {
	const run = await runSender({
		items: [delivery('http://127.0.0.1:9/')],
		mode: 'manual',
		settings: QUIET,
		...options,
		parameters: { retries: 'queue', ...options.parameters },
	});
	return run.hints(SENDER);
}

const withTrigger = (parameters = {}, more = {}): Partial<SenderOptions> => ({
	nodes: [{ name: 'Retries', type: TRIGGER, parameters, ...more }],
	wires: [['Retries', SENDER]],
});

describe('a sender without a Delivery Queue Trigger', () => {
	test('is told so in a test run, with what to add', async () => {
		const [hint, ...others] = await hintsOf();
		expect(hint).toMatch(/^No Delivery Queue Trigger is connected to this node\./);
		expect(hint).toContain('Add a Delivery Queue Trigger to this workflow and connect it');
		expect(others).toEqual([]);
	});

	test('is told so where there is one that is switched off', async () => {
		expect((await hintsOf(withTrigger({}, { disabled: true })))[0]).toMatch(/^No Delivery Queue/);
	});

	test('is told which name does not fit, where queues differ', async () => {
		const hints = await hintsOf(withTrigger({ options: { queue: 'other' } }));
		expect(hints).toEqual([
			'"Retries" brings back what is in the queue "other", but this node sends from the queue "workflow-1". Give both the same name under Options › Queue.',
		]);
	});

	test.each([
		['one is connected', withTrigger()],
		[
			'both have the same queue',
			{ ...withTrigger({ options: { queue: 'mine' } }), options: { queue: 'mine' } },
		],
		["only the trigger knows its queue's name", withTrigger({ options: { queue: '={{ 1 }}' } })],
		['the workflow itself waits', { parameters: { retries: 'output' } }],
	])('is told nothing where %s', async (_what, options) => {
		expect(await hintsOf(options)).toEqual([]);
	});
});

describe('while the workflow is built', () => {
	const SENDS = '$parameter["operation"] === "send"';
	const field = (name: string) => ({ displayName: name, name, type: 'string', default: '' });
	const properties = ['retries', 'operation'].map(field);
	const type = { ...passThrough, description: { ...passThrough.description, properties } };
	const nodeTypes = {
		getByName: () => type,
		getByNameAndVersion: () => type,
		getKnownTypes: () => ({}),
	} as unknown as INodeTypes;

	/** As the editor evaluates it. */
	async function isShown(names: string[], parameters = {}, where?: string): Promise<unknown> {
		const nodes = ['The Sender', ...names].map((name) =>
			testNode({ id: name, name, parameters: name === 'The Sender' ? parameters : {} }),
		);
		const workflow = new Workflow({ nodes, connections: {}, active: false, nodeTypes });
		const { displayCondition = '' } = queueTriggerHint(where);
		await workflow.expression.acquireIsolate();
		try {
			return workflow.expression.getParameterValue(
				displayCondition,
				null,
				0,
				0,
				'The Sender',
				[],
				'manual',
				{},
			);
		} finally {
			await workflow.expression.releaseIsolate();
		}
	}

	test.each([
		['no node has the name', [], {}, undefined, true],
		['the trigger is there', ['Delivery Queue Trigger'], {}, undefined, false],
		['it is the second', ['Delivery Queue Trigger1'], {}, undefined, false],
		['retries leave by an output', [], { retries: 'output' }, undefined, false],
		['the operation sends nothing', [], { operation: 'get' }, SENDS, false],
		['the operation sends', [], { operation: 'send' }, SENDS, true],
	])('where %s', async (_what, names, parameters, where, shown) => {
		expect(await isShown(names, parameters, where)).toBe(shown);
	});
});

describe('settings of the workflow', () => {
	test('a timeout is named, with what comes of it', async () => {
		const settings = { ...QUIET, executionTimeout: 300 };
		const [stored] = await hintsOf({ ...withTrigger(), settings });
		expect(stored).toMatch(/^n8n stops executions of this workflow after 300 s\. .* sent later/);
		expect(stored).toContain('Workflow settings › Timeout Workflow');
		const [routed] = await hintsOf({ parameters: { retries: 'output' }, settings });
		expect(routed).toContain('what waits then is never sent');
	});

	test.each([[-1], [undefined]])('no timeout (%j) is no matter', async (executionTimeout) => {
		const settings = { ...QUIET, executionTimeout };
		expect(await hintsOf({ ...withTrigger(), settings })).toEqual([]);
	});

	test.each([[undefined], ['DEFAULT'], ['all']] as const)(
		'saved executions are named, by the setting %j',
		async (saveDataSuccessExecution) => {
			const hints = await hintsOf({ ...withTrigger(), settings: { saveDataSuccessExecution } });
			expect(hints).toEqual([
				expect.stringContaining('Save successful production executions: Do not save'),
			]);
		},
	);

	test('hints are for test runs: a published workflow is not told again and again', async () => {
		const run = await runSender({
			items: [delivery('http://127.0.0.1:9/')],
			settings: { executionTimeout: 300 },
		});
		expect(run.hints(SENDER)).toEqual([]);
	});
});

describe('settings of the whole n8n', () => {
	withEnvironment({ EXECUTIONS_TIMEOUT: '60', EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'none' });

	test('count where the workflow has none of its own', async () => {
		const hints = await hintsOf({ ...withTrigger(), settings: {} });
		expect(hints).toEqual([expect.stringContaining('after 60 s')]);
	});
});

describe('a store that would be lost', () => {
	const overlay = '1 0 0:60 / / rw - overlay overlay rw';

	test('with the container: the folder and the mend are named', () => {
		const warning = embeddedStoreWarning(overlay);
		expect(warning).toContain(userFolder);
		expect(warning).toContain('lost when the container is replaced');
		expect(warning).toContain("Mount a volume at n8n's user folder");
		expect(embeddedStoreWarning('1 0 8:1 / / rw - ext4 /dev/sda1 rw')).toBeUndefined();
	});

	const hasMemory = existsSync('/dev/shm') && / \/dev\/shm .* - tmpfs /.test(readMountInfo());

	(hasMemory ? describe : describe.skip)('in memory', () => {
		withEnvironment({ N8N_USER_FOLDER: '/dev/shm/postback-setup-hints' });
		afterAll(async () => await closeStores());

		test("is refused by the credential's test, since n8n shows nothing of a test that succeeds", async () => {
			const credential = { id: '1', name: 'c', type: 't', data: { database: 'embedded' } };
			const told = await testDeliveryStore.call({} as ICredentialTestFunctions, credential);
			expect(told.status).toBe('Error');
			expect(told.message).toMatch(/lies in memory .*Mount a volume/);
		});

		test('is told in a test run', async () => {
			const hints = await hintsOf(withTrigger());
			expect(hints).toEqual([expect.stringContaining('lies in memory')]);
		});
	});
});
