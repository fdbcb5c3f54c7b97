import { N8n } from '../../../scripts/host/n8n.ts';
import { conclude } from '../support/conclude.ts';
import type { Fault, FaultContext } from '../support/fault.ts';
import { badly } from '../support/misbehaviour.ts';
import { Poster } from '../support/poster.ts';
import { startPooler, withoutPooler } from '../support/pooler.ts';
import { PostgresServer, withoutPostgres } from '../support/postgres.ts';
import { FaultyReceiver } from '../support/receiver.ts';
import { STORE, TIME_SCALE } from './cluster.ts';
import { makeStoreCredential, postgresWorkflow, readStoreOf } from './rig.ts';

const HOOK = 'pooling-proxy';

async function run(context: FaultContext) {
	const { short, random, check } = context;
	const server = await PostgresServer.start();
	context.atEnd(async () => await server.remove());
	await server.createDatabase(STORE);
	const port = await startPooler(server.port, context.atEnd);
	const receiver = await FaultyReceiver.start();
	context.atEnd(async () => await receiver.close());
	receiver.treat = badly(random);
	const env = { N8N_POSTBACK_TIME_SCALE: TIME_SCALE, N8N_DISABLE_UI: 'true' };
	const n8n = await N8n.prepare({ env });
	context.atEnd(async () => {
		await n8n.kill();
		await n8n.remove();
	});
	await n8n.start();
	const credential = await makeStoreCredential(n8n, port);
	const { id } = await n8n.api.createWorkflow(postgresWorkflow(HOOK, receiver, credential));
	await n8n.api.activate(id);
	await n8n.waitForWebhook(HOOK);
	const poster = new Poster({ url: n8n.webhookUrl(HOOK), name: `seed-${context.seed}` });
	context.atEnd(async () => await poster.stop());
	await poster.post(short ? 300 : 2_000);
	const tally = await conclude({
		context,
		receivers: [receiver],
		owed: poster.owed,
		read: async () => await readStoreOf(server, receiver),
		timeoutMs: 180_000,
	});
	check(tally.queued === 0, 'nothing waits any more');
	return tally;
}

export const poolingProxy: Fault = {
	name: 'pooling-proxy',
	title: 'PostgreSQL behind pgbouncer in transaction mode, where no LISTEN works',
	missing: () => withoutPostgres() ?? withoutPooler(),
	run,
};
