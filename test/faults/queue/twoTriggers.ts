import { N8n } from '../../../scripts/host/n8n.ts';
import { conclude } from '../support/conclude.ts';
import type { Fault, FaultContext } from '../support/fault.ts';
import { Poster } from '../support/poster.ts';
import { PostgresServer, withoutPostgres } from '../support/postgres.ts';
import { FaultyReceiver } from '../support/receiver.ts';
import { SCHEMA, STORE, TIME_SCALE } from './cluster.ts';
import { makeStoreCredential, postgresWorkflow, readStoreOf } from './rig.ts';

const HOOK = 'two-triggers';
/** Two n8n that have the same workflow, as during a move to another machine. */
const WORKFLOW = 'twoTriggers00000';

async function startOne(context: FaultContext, server: PostgresServer, receiver: FaultyReceiver) {
	const env = { N8N_POSTBACK_TIME_SCALE: TIME_SCALE, N8N_DISABLE_UI: 'true' };
	const n8n = await N8n.prepare({ env });
	context.atEnd(async () => {
		await n8n.kill();
		await n8n.remove();
	});
	await n8n.start();
	const credential = await makeStoreCredential(n8n, server.port);
	// An attempt that takes its time on a busy machine must not be taken for a failed one.
	const postback = { timeoutSeconds: 30 };
	const json = postgresWorkflow(HOOK, receiver, credential, { postback });
	return { n8n, json };
}

/** Gathers which processes have leased something of the queue. */
function watchBoots({ atEnd }: FaultContext, server: PostgresServer): ReadonlySet<string> {
	const boots = new Set<string>();
	const text = `select distinct boot from "${SCHEMA}".leases where consumer = 'queue:${WORKFLOW}'`;
	const timer = setInterval(() => {
		void server.query<{ boot: string }>(STORE, text).then(
			(rows) => rows.forEach(({ boot }) => boots.add(boot)),
			() => undefined,
		);
	}, 250);
	atEnd(() => clearInterval(timer));
	return boots;
}

async function run(context: FaultContext) {
	const { short, check } = context;
	const server = await PostgresServer.start();
	context.atEnd(async () => await server.remove());
	await server.createDatabase(STORE);
	const receiver = await FaultyReceiver.start();
	context.atEnd(async () => await receiver.close());
	// Each fails twice, so that all come back through the queue, and is slow enough to be seen twice.
	receiver.treat = (_message, before) => ({ afterMs: 200, ...(before < 2 && { status: 503 }) });

	const [first, second] = await Promise.all([
		startOne(context, server, receiver),
		startOne(context, server, receiver),
	]);
	// The same nodes by their ids too.
	second.json.nodes.forEach((node, at) => (node.id = first.json.nodes[at].id));
	const posters: Poster[] = [];
	for (const { n8n, json } of [first, second]) {
		const { id } = await n8n.api.createWorkflow({ ...json, id: WORKFLOW });
		await n8n.api.activate(id);
		await n8n.waitForWebhook(HOOK);
		const at = posters.length;
		const poster = new Poster({ url: n8n.webhookUrl(HOOK), name: `n8n-${at}`, first: at * 1e6 });
		context.atEnd(async () => await poster.stop());
		posters.push(poster);
	}
	const boots = watchBoots(context, server);
	const messages = short ? 200 : 1_000;
	await Promise.all(posters.map(async (poster) => await poster.post(messages)));
	const tally = await conclude({
		context,
		receivers: [receiver],
		owed: posters.flatMap(({ owed }) => owed),
		read: async () => await readStoreOf(server, receiver),
		timeoutMs: 180_000,
	});
	check(boots.size === 2, `both n8n took from the queue, and not ${boots.size} of them`);
	check(tally.duplicates === 0, 'nothing is sent twice');
	check(tally.queued === 0, 'nothing waits any more');
	return tally;
}

export const twoTriggers: Fault = {
	name: 'two-triggers',
	title: 'PostgreSQL: two n8n with a Delivery Queue Trigger for the same queue at once',
	inShort: true,
	missing: withoutPostgres,
	run,
};
