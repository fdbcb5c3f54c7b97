import type { N8n } from '../scripts/host/n8n.ts';
import type { Comparison } from './support/comparison.ts';
import { memoryOf, profilesInto, ProfilesWorkflow, startBenchN8n } from './support/n8nRuns.ts';
import { AUDIENCES, startProfileSource } from './support/profileSource.ts';
import { tell } from './support/progress.ts';
import { startReceiver } from './support/receiver.ts';
import { median } from './support/statistics.ts';

const FEW = 2_000;
const MANY = 100_000;
/** Until V8 has compiled what runs often; both nodes alike. */
const WARM_UP = 3;
const ROUNDS = 5;

/** Profiles through HTTP Profile Destination in a real n8n, beside n8n's HTTP Request node. */
export async function* n8n(): AsyncIterable<Comparison> {
	const receiver = await startReceiver();
	const source = await startProfileSource();
	const url = `${receiver.origin}/profiles`;

	tell('starting n8n');
	const host = await startBenchN8n();
	const ours = await publishOurs(host, source, url);
	const theirs = await publishHttpRequest(host, source, url);
	const times = { ours: [] as number[], theirs: [] as number[] };
	for (let round = 1 - WARM_UP; round <= ROUNDS; round++) {
		const now = { ours: await ours.run(FEW), theirs: await theirs.run(FEW) };
		tell(`${FEW} profiles: ours ${now.ours} ms, HTTP Request ${now.theirs} ms`);
		if (round < 1) continue;
		times.ours.push(now.ours);
		times.theirs.push(now.theirs);
	}
	const rate = perSecond(median(times.ours), FEW);
	yield {
		case: 'http-request',
		unit: 'profiles/s',
		ours: rate,
		peer: perSecond(median(times.theirs), FEW),
		peerName: "n8n's HTTP Request node",
		n: FEW,
	};

	await host.stop();
	yield await manyProfiles(source, url, rate);
}

/** In a fresh n8n, so that its highest memory is that of this run. */
async function manyProfiles(source: string, url: string, rateOfFew: number): Promise<Comparison> {
	tell('starting a fresh n8n');
	const host = await startBenchN8n();
	const memory = () => memoryOf(host.pid as number);
	const items = await publishNothing(host, source);
	const ours = await publishOurs(host, source, url);
	await ours.run(FEW);
	const before = memory().now;
	await items.run(MANY);
	const itemsAlone = memory().peak;
	const took = await ours.run(MANY);
	const { peak } = memory();
	tell(
		`${MANY} profiles: ${took} ms; memory ${before.toFixed(0)} MB before, at most ` +
			`${itemsAlone.toFixed(0)} MB for the items alone and ${peak.toFixed(0)} MB when they are sent`,
	);
	return {
		case: 'profiles-100k',
		unit: 'profiles/s',
		ours: perSecond(took, MANY),
		peer: rateOfFew,
		peerName: 'the same node with 2,000 profiles',
		n: MANY,
		more: { memoryMb: { before, itemsAlone, peak } },
	};
}

const perSecond = (ms: number, count: number) => (count * 1000) / ms;

/** Only gets the profiles: what n8n itself needs for so many items. */
async function publishNothing(n8n: N8n, source: string): Promise<ProfilesWorkflow> {
	const name = 'No Operation';
	const node = { name, type: 'n8n-nodes-base.noOp', parameters: {} };
	return await ProfilesWorkflow.publish(n8n, profilesInto(node, source), name);
}

/** With the settings that it has by default: it compares profiles with what it has stored. */
async function publishOurs(
	n8n: N8n,
	source: string,
	url: string,
	more: Record<string, unknown> = {},
): Promise<ProfilesWorkflow> {
	const name = 'HTTP Profile Destination';
	const node = {
		name,
		type: 'n8n-nodes-postback.httpProfileDestination',
		parameters: {
			endpoint: url,
			profileKey: 'ecid',
			audiences: { audience: AUDIENCES.map((id) => ({ id })) },
			attributes: ['person.name.firstName', 'person.name.lastName', 'personalEmail.address'],
			options: { allowedHosts: '127.0.0.1' },
			...more,
		},
	};
	const queue = {
		name: 'Delivery Queue Trigger',
		type: 'n8n-nodes-postback.deliveryQueueTrigger',
		parameters: {},
	};
	return await ProfilesWorkflow.publish(n8n, profilesInto(node, source, [queue]), name);
}

/** As it is usually set up: a JSON body from an expression. */
async function publishHttpRequest(
	n8n: N8n,
	source: string,
	url: string,
): Promise<ProfilesWorkflow> {
	const name = 'HTTP Request';
	const node = {
		name,
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.2,
		parameters: {
			method: 'POST',
			url,
			sendBody: true,
			specifyBody: 'json',
			jsonBody: '={{ JSON.stringify($json) }}',
			options: {},
		},
	};
	return await ProfilesWorkflow.publish(n8n, profilesInto(node, source), name);
}
