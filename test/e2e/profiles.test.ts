import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { answers, Receiver, startN8n, type N8n } from './harness/index.ts';
import {
	DESTINATION,
	destinationWorkflow,
	exportedOf,
	GOLD,
	profile,
	SILVER,
	type DestinationOptions,
} from './harness/destination.ts';
import { stored } from './harness/store.ts';

let receiver: Receiver;
let n8n: N8n;

beforeAll(async () => {
	receiver = await Receiver.start();
	n8n = await startN8n({ env: { N8N_POSTBACK_TIME_SCALE: '0.1' } });
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await receiver?.close();
});

type Options = Omit<DestinationOptions, 'endpoint'>;

async function publish(options: Options): Promise<string> {
	const json = destinationWorkflow({ endpoint: `${receiver.url}/${options.path}`, ...options });
	const { id } = await n8n.api.createWorkflow(json);
	await n8n.api.activate(id);
	return id;
}

/** Changes what the destination of a published workflow has mapped. */
async function remap(id: string, options: Options): Promise<void> {
	const { nodes } = await n8n.api.getWorkflow(id);
	const json = destinationWorkflow({ endpoint: `${receiver.url}/${options.path}`, ...options });
	// A node keeps its id: the destination is the same.
	for (const node of json.nodes) node.id = nodes.find(({ name }) => name === node.name)?.id;
	await n8n.api.updateWorkflow(id, json);
	await n8n.api.activate(id);
}

async function post(path: string, profiles: object[]): Promise<void> {
	const response = await fetch(n8n.webhookUrl(path), {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(profiles),
	});
	expect(response.status).toBe(200);
}

/** The last execution of a workflow that has run the destination; with how many items each output had. */
async function outputsOf(id: string): Promise<number[]> {
	for (;;) {
		const [last] = await n8n.api.listExecutions(id);
		if (last && last.status !== 'running' && last.status !== 'new') {
			const { data } = await n8n.api.getExecution(last.id);
			const run = data.resultData.runData[DESTINATION]?.[0];
			return (run?.data?.main ?? []).map((items) => items?.length ?? 0);
		}
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const arrivals = (path: string) =>
	receiver.requests(`/${path}`).map(({ body }) => exportedOf(body));
const audiences = [{ id: GOLD, name: 'Gold members' }];

test('of a hundred members with five newly qualified, five are exported', async () => {
	const path = 'incremental';
	const id = await publish({ path, audiences });
	const members = range(0, 95).map((n) => profile(n));
	const others = range(95, 5).map((n) => profile(n, {}));
	await post(path, [...members, ...others]);
	await receiver.waitFor(95, { path: '/incremental' });
	expect(await outputsOf(id)).toEqual([95, 0, 0, 5]);
	expect(new Set(arrivals(path))).toEqual(new Set(range(0, 95)));

	receiver.clear();
	await post(path, [...members, ...range(95, 5).map((n) => profile(n))]);
	await receiver.waitFor(5, { path: '/incremental' });
	expect(await outputsOf(id)).toEqual([5, 0, 0, 95]);
	expect(arrivals(path).sort()).toEqual(range(95, 5));
});

test('who leaves an audience is exported as exited, with the mapped attributes that there are', async () => {
	const path = 'exits';
	await publish({ path, audiences, attributes: ['person.name', 'person.age'] });
	await post(path, [profile(1, { [GOLD]: 'realized', [SILVER]: 'realized' })]);
	await receiver.waitFor(1, { path: '/exits' });
	await post(path, [profile(1, { [SILVER]: 'realized' })]);
	const [first, last] = await receiver.waitFor(2, { path: '/exits' });
	expect(JSON.parse(first.body.toString())).toEqual({
		person: { name: 'name-1' },
		segmentMembership: {
			ups: {
				[GOLD]: { lastQualificationTime: '2026-01-01T00:00:00Z', status: 'realized' },
				[SILVER]: { lastQualificationTime: '2026-01-01T00:00:00Z', status: 'realized' },
			},
		},
		identityMap: { crm: [{ id: 'c-1' }] },
	});
	expect(JSON.parse(last.body.toString())).toMatchObject({
		segmentMembership: { ups: { [GOLD]: { status: 'exited' }, [SILVER]: { status: 'realized' } } },
	});
});

test('a newer export takes the place of an older one that waits, and none arrives out of order', async () => {
	const path = 'newer';
	receiver.on('/newer', answers.status(503), answers.ok());
	await publish({ path, audiences });
	await post(path, [profile(1, undefined, 'first')]);
	await receiver.waitFor(1, { path: '/newer' });
	await post(path, [profile(1, undefined, 'second')]);
	await receiver.waitFor(2, { path: '/newer' });
	const rows = await stored.waitFor(n8n.userFolder, (all) => {
		const own = all.filter(({ url }) => url.endsWith('/newer'));
		return own.length === 2 && own.every((row) => row.settled_at !== null);
	});
	const own = rows.filter(({ url }) => url.endsWith('/newer'));
	expect(own.map(({ status, reason }) => [status, reason])).toEqual([
		['closed', 'superseded'],
		['delivered', null],
	]);
	const names = receiver
		.requests('/newer')
		.map(({ body }) => (JSON.parse(body.toString()) as { person: { name: string } }).person.name);
	expect(names).toEqual(['first', 'second']);
});

test('a bad profile is a dead letter that names what is wrong; the others go out', async () => {
	const path = 'bad';
	const id = await publish({ path, audiences });
	const nameless = { ...profile(1), identityMap: undefined };
	const unknown = { ...profile(2), segmentMembership: { ups: { [GOLD]: { status: 'maybe' } } } };
	await post(path, [nameless, unknown, profile(3)]);
	await receiver.waitFor(1, { path: '/bad' });
	expect(await outputsOf(id)).toEqual([1, 0, 2, 0]);
	expect(arrivals(path)).toEqual([3]);
});

test('several profiles in one request are cut in two where they are too large', async () => {
	const path = 'batches';
	const most = 10;
	receiver.on('/batches', ({ body }) =>
		(JSON.parse(body.toString()) as unknown[]).length > most ? answers.status(413) : answers.ok(),
	);
	await publish({ path, audiences, fields: { profilesPerRequest: 40 } });
	await post(
		path,
		range(0, 40).map((n) => profile(n)),
	);
	const taken = () =>
		receiver
			.requests('/batches')
			.filter(({ answered }) => answered === 200)
			.flatMap(({ body }) =>
				(JSON.parse(body.toString()) as object[]).map((one) =>
					exportedOf(Buffer.from(JSON.stringify(one))),
				),
			);
	await receiver.waitFor(() => taken().length >= 40, { path: '/batches' });
	expect(taken().sort((a, b) => a - b)).toEqual(range(0, 40));
});

/** Whether so many profiles have come; looks at each request once, for a slow receiver is a receiver that fails. */
function exported(count: number): (requests: readonly { body: Buffer }[]) => boolean {
	const seen = new Set<unknown>();
	let looked = 0;
	return (requests) => {
		for (; looked < requests.length; looked++) seen.add(exportedOf(requests[looked].body));
		return seen.size >= count;
	};
}

test('killed when the first export has left, it loses none of the others', async () => {
	const path = 'killed';
	const count = 3_000;
	await publish({ path, audiences });
	await post(
		path,
		range(0, count).map((n) => profile(n)),
	);
	await receiver.waitFor(1, { path: '/killed' });
	await n8n.kill();
	await n8n.start();
	await receiver.waitFor(exported(count), { path: '/killed', timeoutMs: 90_000 });
	const rows = await stored.waitFor(n8n.userFolder, (all) =>
		all.filter(({ url }) => url.endsWith('/killed')).every((row) => row.settled_at !== null),
	);
	const own = rows.filter(({ url }) => url.endsWith('/killed'));
	expect(own.filter(({ status }) => status !== 'delivered')).toEqual([]);
	expect(own).toHaveLength(count);
}, 240_000);

describe('a backfill', () => {
	interface Progress {
		status: string;
		looked_at: number;
		exported: number;
	}
	const progressOf = (destination: string): Progress[] => {
		const path = join(n8n.userFolder, '.n8n', 'postback', 'deliveries.sqlite');
		const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
		try {
			return database
				.prepare('select * from profile_backfills where destination like ?')
				.all(`${destination}/%`) as unknown as Progress[];
		} finally {
			database.close();
		}
	};

	test('exports everyone who qualified before an audience was mapped, once, though n8n is killed in the middle', async () => {
		const path = 'backfill';
		const members = 1_500;
		const id = await publish({ path, audiences });
		// Known from the other audience, and so never exported.
		await post(
			path,
			range(0, members).map((n) => profile(n, { [SILVER]: 'realized' })),
		);
		expect(await outputsOf(id)).toEqual([0, 0, 0, members]);

		const mapped = [...audiences, { id: SILVER, name: 'Silver members' }];
		await remap(id, {
			path,
			audiences: mapped,
			fields: { backfillAutomatically: true },
			options: { requestsPerSecond: 300 },
		});
		await post(path, [profile(members, {})]);
		await receiver.waitFor(members / 4, { path: '/backfill', timeoutMs: 60_000 });
		await n8n.kill();
		await n8n.start();
		await n8n.waitForWebhook(path);
		// A running backfill goes on when the destination is used again.
		await post(path, [profile(members, {})]);
		await receiver.waitFor(exported(members), { path: '/backfill', timeoutMs: 90_000 });
		await stored.waitFor(n8n.userFolder, (rows) =>
			rows.filter(({ url }) => url.endsWith('/backfill')).every((row) => row.settled_at !== null),
		);
		const rows = (await stored.rows(n8n.userFolder)).filter(({ url }) => url.endsWith('/backfill'));
		expect(rows.map(({ status }) => status)).toEqual(rows.map(() => 'delivered'));
		// Once each in the store; what was on the wire at the kill may have arrived twice.
		expect(rows).toHaveLength(members);
		expect(progressOf(id)).toMatchObject([{ status: 'done', exported: members }]);
		const sent = arrivals('backfill');
		expect(new Set(sent).size).toBe(members);
		expect(sent.length - members).toBeLessThanOrEqual(100);
	}, 240_000);
});
