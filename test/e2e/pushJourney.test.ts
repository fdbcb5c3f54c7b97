import { EXAMPLE_RECEIVER_PORT } from '../../scripts/demo/example-receiver.ts';
import { importWorkflows } from '../../scripts/import-workflows.ts';
import { answers, itemsOf, poll, Receiver, startN8n, type N8n } from './harness/index.ts';
import { ANDROID_APP, IOS_APP, PushServers, type SentPush } from './harness/pushServers.ts';
import { stored } from './harness/store.ts';

/** The example names this port, and it is imported as it is. */
let receiver: Receiver;
let servers: PushServers;
let n8n: N8n;
let links: string[];
let workflowId: string;

const IPHONE = 'a1'.repeat(32);
const ANDROID = 'android-token-of-ada:1';

beforeAll(async () => {
	receiver = await Receiver.start(EXAMPLE_RECEIVER_PORT);
	servers = await PushServers.start();
	n8n = await startN8n({ env: { N8N_POSTBACK_TIME_SCALE: '0.05', N8N_DISABLE_UI: 'true' } });
	const imported = await importWorkflows(n8n.api);
	workflowId = String(imported.find(({ file }) => file === 'push-journey.json')?.id);
	const { nodes } = await n8n.api.getWorkflow(workflowId);
	const note = nodes.find(({ name }) => name === 'Note: try it')?.parameters.content as string;
	links = [...note.matchAll(/\(http:\/\/localhost:5678(\/webhook\/[^)]+)\)/g)].map(
		([, path]) => path,
	);
	// All that the note asks for before publishing.
	const credentials = await servers.createCredentials(n8n);
	const send = nodes.find(({ name }) => name === 'Send');
	if (send) send.credentials = credentials;
	await n8n.api.updateWorkflow(workflowId, { nodes });
	await n8n.api.activate(workflowId);
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await servers?.close();
	await receiver?.close();
});

/** Follows the nth link of the note. */
async function click(nth: number) {
	const response = await fetch(n8n.url + links[nth]);
	return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Sends the app's events, as NDJSON. */
async function tell(...events: object[]) {
	const response = await fetch(n8n.webhookUrl('push-demo-events'), {
		method: 'POST',
		headers: { 'content-type': 'application/x-ndjson' },
		body: events.map((event) => JSON.stringify(event)).join('\n'),
	});
	return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const registration = (appID: string, platform: string, token: string, ecid: string) => ({
	customerId: 'ada',
	data: {
		pushNotificationDetails: [
			{
				appID,
				platform,
				token,
				denylisted: false,
				identity: { namespace: { code: 'ECID' }, id: ecid },
			},
		],
	},
});

/** An interaction as the SDK makes it of what came with the notification. */
function interaction(push: SentPush, eventType: string, id: string) {
	const { cjm, mixins } = push.payload._xdm as Record<'cjm' | 'mixins', object | undefined>;
	return {
		xdm: {
			_id: id,
			...(cjm ?? mixins),
			eventType,
			pushNotificationTracking: { pushProvider: 'apns', pushProviderMessageID: push.apnsId },
			application: { launches: { value: 1 } },
		},
		meta: { collect: { datasetId: 'd-1' } },
	};
}

const experienceEvents = () =>
	receiver
		.requests('/experience-events')
		.map(({ body }) => JSON.parse(body.toString()) as Record<string, Record<string, unknown>>);

const untilTaken = async (count: number) =>
	await stored.waitFor(
		n8n.userFolder,
		(rows) =>
			rows.filter(({ name, reason }) => name === 'event' && reason === 'taken by the workflow')
				.length >= count,
	);

/** Runs what the note calls the report. */
async function report(): Promise<Record<string, unknown>[]> {
	const { executionId } = await n8n.api.runManually(workflowId, { trigger: 'Run the report' });
	const execution = await n8n.api.waitForExecution(String(executionId));
	return itemsOf(execution, 'Report').map(({ json }) => json);
}

/** Long enough for what must not come. */
const aWhile = async () => await new Promise((resolve) => setTimeout(resolve, 1_500));

test('the app registers its devices', async () => {
	expect(links).toHaveLength(3);
	const answer = await tell(
		registration(IOS_APP, 'apns', IPHONE, 'ecid-1'),
		registration(ANDROID_APP, 'fcm', ANDROID, 'ecid-2'),
		// It does not hold up the others.
		{ customerId: 'eve', data: { pushNotificationDetails: [{ appID: 'x', platform: 'fax' }] } },
	);
	expect(answer).toMatchObject({ status: 202, body: { accepted: 3, queued: 3 } });
	await untilTaken(3);
});

test('a hit whose trait does not match sends nothing', async () => {
	expect(await click(1)).toMatchObject({
		status: 202,
		body: { accepted: 1, matched: 0, queued: 0 },
	});
	await aWhile();
	expect(servers.sent).toEqual([]);
});

test('a trait matches, and both devices are sent to', async () => {
	expect(await click(0)).toMatchObject({ status: 202, body: { matched: 1, queued: 1 } });
	await poll(async () => servers.sent.length === 2, {
		timeoutMs: 30_000,
		what: 'two notifications',
	});
	const [[iphone], [android]] = [servers.acceptedBy(IPHONE), servers.acceptedBy(ANDROID)];
	expect(iphone.payload).toMatchObject({
		aps: { alert: { title: 'Ada, your cart is waiting', body: '3 things are still in it.' } },
		adb_uri: 'shop://cart',
	});
	expect(iphone.executionId).toMatch(/^msg_/);
	expect(android.payload).toMatchObject({ token: ANDROID });
});

test('the same hit once more is known, and sends nothing', async () => {
	expect(await click(2)).toMatchObject({ status: 202, body: { queued: 0, duplicates: 1 } });
	await aWhile();
	expect(servers.sent).toHaveLength(2);
});

test('the opening comes back and goes on as an experience event, in spite of a failure', async () => {
	receiver.on('/experience-events', answers.status(503), answers.ok());
	const [push] = servers.acceptedBy(IPHONE);
	const opened = interaction(push, 'pushTracking.applicationOpened', 'event-1');
	expect(await tell(opened)).toMatchObject({ status: 202, body: { queued: 1 } });
	const [first, second] = await receiver.waitFor(2, { path: '/experience-events' });
	expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
	expect(experienceEvents()[1]).toMatchObject({
		trackingStatus: 'trackingInitiated',
		xdm: {
			_id: 'event-1',
			eventType: 'pushTracking.applicationOpened',
			pushNotificationTracking: { pushProvider: 'apns', pushProviderMessageID: push.apnsId },
			application: { launches: { value: 1 } },
			_experience: {
				customerJourneyManagement: {
					messageExecution: { messageExecutionID: push.executionId },
					messageProfile: { channel: { _id: 'https://ns.adobe.com/xdm/channels/push' } },
				},
			},
		},
		meta: { collect: { datasetId: 'd-1' } },
		interaction: { messageId: 'cart-reminder', profileKey: 'ada', duplicate: false },
	});
});

test('an interaction that comes twice, and one that cannot be read, go on no further', async () => {
	const [push] = servers.acceptedBy(IPHONE);
	await tell(interaction(push, 'pushTracking.applicationOpened', 'event-1'), { xdm: { _id: 'x' } });
	await untilTaken(7);
	await aWhile();
	expect(experienceEvents()).toHaveLength(2);
});

test('refused with 400: what is no event, and what would be read as a delivery', async () => {
	expect(await tell()).toMatchObject({ status: 400 });
	const spoofed = { delivery: { id: 'x', request: { method: 'GET', url: receiver.url } } };
	expect(await tell(spoofed)).toMatchObject({ status: 400, body: { index: 0 } });
});

test('the report tells what was sent and opened', async () => {
	const lines = await report();
	expect(lines).toHaveLength(2);
	const of = (platform: string) => lines.find((line) => line.platform === platform);
	expect(of('apns')).toMatchObject({
		messageId: 'cart-reminder',
		appId: IOS_APP,
		targeted: 1,
		sent: 1,
		opened: 1,
	});
	expect(of('fcm')).toMatchObject({ appId: ANDROID_APP, targeted: 1, sent: 1, opened: 0 });
});

test('a profile without a device is excluded, and counted so', async () => {
	const hit = 'event=cart.abandoned&tier=gold&customerId=nobody&eventId=cart-3';
	expect((await fetch(`${n8n.webhookUrl('push-demo-hits')}?${hit}`)).status).toBe(202);
	await poll(async () => (await report()).some(({ excluded }) => excluded === 1), {
		timeoutMs: 30_000,
		what: 'an exclusion in the report',
	});
	expect(servers.sent).toHaveLength(2);
});

test('nothing is left waiting, and no event counts as one that the workflow did not send', async () => {
	const rows = await stored.waitFor(n8n.userFolder, (all) =>
		all.every(({ settled_at }) => settled_at !== null),
	);
	expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['delivered']));
});

test('a test run in the editor shows who is excluded, with a line to pass on', async () => {
	await n8n.api.deactivate(workflowId);
	const before = new Set((await n8n.api.listExecutions(workflowId)).map(({ id }) => id));
	expect(await n8n.api.runManually(workflowId, { trigger: 'Hits' })).toMatchObject({
		waitingForWebhook: true,
	});
	const hit = 'event=cart.abandoned&tier=gold&customerId=nobody';
	const response = await fetch(`${n8n.webhookUrl('push-demo-hits', true)}?${hit}`);
	expect(await response.json()).toMatchObject({ test: true, queued: 1 });
	const id = await poll(
		async () => (await n8n.api.listExecutions(workflowId)).find((one) => !before.has(one.id))?.id,
		{ timeoutMs: 30_000, what: 'the test run' },
	);
	const execution = await n8n.api.waitForExecution(id);
	const [item] = itemsOf(execution, 'Excluded');
	expect(item.json.text).toMatch(/^Not sent to nobody: PushNoTokenFoundInProfile, \w/);
});
