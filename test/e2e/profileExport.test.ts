import { EXAMPLE_RECEIVER_PORT } from '../../scripts/demo/example-receiver.ts';
import { importWorkflows } from '../../scripts/import-workflows.ts';
import { answers, Receiver, startN8n, type N8n } from './harness/index.ts';
import { stored } from './harness/store.ts';

/** The example names this port, and it is imported as it is. */
let receiver: Receiver;
let n8n: N8n;
let links: string[];
let workflowId: string;

const AUDIENCE = '5114d758-ce71-43ba-b53e-e2a91d67b67f';

beforeAll(async () => {
	receiver = await Receiver.start(EXAMPLE_RECEIVER_PORT);
	n8n = await startN8n({ env: { N8N_POSTBACK_TIME_SCALE: '0.05', N8N_DISABLE_UI: 'true' } });
	const imported = await importWorkflows(n8n.api);
	workflowId = String(imported.find(({ file }) => file === 'profile-export.json')?.id);
	const { nodes } = await n8n.api.getWorkflow(workflowId);
	const note = nodes.find(({ name }) => name === 'Note: try it')?.parameters.content as string;
	links = [...note.matchAll(/\(http:\/\/localhost:5678(\/webhook\/[^)]+)\)/g)].map(
		([, path]) => path,
	);
	await n8n.api.activate(workflowId);
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await receiver?.close();
});

/** Follows the nth link of the note. */
const click = async (nth: number) => expect((await fetch(n8n.url + links[nth])).status).toBe(200);
const exported = () =>
	receiver.requests('/profiles').map(({ body }) => JSON.parse(body.toString()) as object);
/** Long enough for an export that must not come. */
const aWhile = async () => await new Promise((resolve) => setTimeout(resolve, 1_500));

test('the links of the note do what it says', async () => {
	expect(links).toHaveLength(4);
	await click(0);
	await receiver.waitFor(1, { path: '/profiles' });
	expect(exported()[0]).toEqual({
		person: { birthDate: '1980-02-29', name: { firstName: 'John', lastName: 'Doe' } },
		personalEmail: { address: 'john.doe@acme.com' },
		segmentMembership: {
			ups: {
				[AUDIENCE]: {
					lastQualificationTime: '2022-01-11T23:37:33Z',
					status: 'realized',
					name: 'Newsletter readers',
				},
				'947c1c46-008d-40b0-92ec-3af86eaf41c1': {
					lastQualificationTime: '2021-08-25T23:37:33Z',
					status: 'existing',
				},
			},
		},
		identityMap: {
			ecid: [{ id: '14575006536349286404619648085736425115' }],
			email_lc_sha256: [{ id: '655332b5fa2aea4498bf7a290cff017cb4' }],
		},
	});

	await click(1);
	await aWhile();
	expect(exported()).toHaveLength(1);

	await click(2);
	await receiver.waitFor(2, { path: '/profiles' });
	expect(exported()[1]).toMatchObject({ person: { name: { firstName: 'Johnny' } } });

	await click(3);
	await receiver.waitFor(3, { path: '/profiles' });
	expect(exported()[2]).toMatchObject({
		segmentMembership: { ups: { [AUDIENCE]: { status: 'exited' } } },
	});
	await click(3);
	await aWhile();
	expect(exported()).toHaveLength(3);
}, 60_000);

test('an export that fails is sent again and arrives', async () => {
	receiver.clear();
	receiver.on('/profiles', answers.status(503), answers.ok());
	await click(0);
	const [first, second] = await receiver.waitFor(2, { path: '/profiles' });
	expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
	expect(second.body).toEqual(first.body);
	await stored.waitFor(n8n.userFolder, (rows) =>
		rows.every(({ settled_at }) => settled_at !== null),
	);
}, 60_000);

test('its backfill finds nothing to do while no audience was added', async () => {
	receiver.clear();
	const { executionId } = await n8n.api.runManually(workflowId, { trigger: 'Run the backfill' });
	const { data } = await n8n.api.waitForExecution(String(executionId));
	const [items] = data.resultData.runData.Backfill[0].data?.main ?? [];
	expect(items).toHaveLength(1);
	expect(exported()).toHaveLength(0);
}, 60_000);
