import type { N8n } from '../scripts/host/n8n.ts';
import type { Comparison } from './support/comparison.ts';
import { httpRequest, noOperation, profileDestination, type Route } from './support/n8nNodes.ts';
import { memoryOf, startBenchN8n } from './support/n8nRuns.ts';
import { startProfileSource } from './support/profileSource.ts';
import { tell } from './support/progress.ts';
import { startReceiver } from './support/receiver.ts';
import { medians } from './support/rounds.ts';

const FEW = 2_000;
const MANY = 100_000;
/** Until V8 has compiled what runs often; both nodes alike. */
const WARM_UP = 3;
const ROUNDS = 5;

/** Profiles through HTTP Profile Destination in a real n8n, beside n8n's HTTP Request node. */
export async function* n8n(): AsyncIterable<Comparison> {
	const receiver = await startReceiver();
	const route = { source: await startProfileSource(), url: `${receiver.origin}/profiles` };

	tell('starting n8n');
	const host = await startBenchN8n();
	const plain = await besideHttpRequest(host, route);
	const withToken = await besideHttpRequest(host, { ...route, token: 'bench' });
	yield {
		case: 'http-request',
		unit: 'profiles/s',
		...plain,
		peerName: "n8n's HTTP Request node",
		n: FEW,
		more: { withBearerToken: { ...withToken, ratio: withToken.ours / withToken.peer } },
	};
	await host.stop();
	yield await manyProfiles(route, plain.ours);
}

/** The nodes' own execution times as n8n records them, in turns, as profiles a second. */
async function besideHttpRequest(host: N8n, route: Route): Promise<{ ours: number; peer: number }> {
	const ours = await profileDestination(host, route);
	const peer = await httpRequest(host, route);
	const times = { ours: [] as number[], peer: [] as number[] };
	for (let round = 1 - WARM_UP; round <= ROUNDS; round++) {
		const now = { ours: await ours.run(FEW), peer: await peer.run(FEW) };
		tell(
			`${FEW} profiles${route.token ? ' with a bearer token' : ''}: ` +
				`ours ${now.ours} ms, HTTP Request ${now.peer} ms`,
		);
		if (round < 1) continue;
		times.ours.push(now.ours);
		times.peer.push(now.peer);
	}
	const took = medians(times);
	return { ours: perSecond(took.ours, FEW), peer: perSecond(took.peer, FEW) };
}

/** In a fresh n8n, so that its highest memory is that of this run. */
async function manyProfiles(route: Route, rateOfFew: number): Promise<Comparison> {
	tell('starting a fresh n8n');
	const host = await startBenchN8n();
	const memory = () => memoryOf(host.pid as number);
	const items = await noOperation(host, route.source);
	const ours = await profileDestination(host, route);
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
