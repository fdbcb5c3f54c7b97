import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hostNode, rootDir } from '../../../scripts/paths.ts';
import { SCHEMA, STORE } from '../queue/cluster.ts';
import { makeStoreCredential, readStoreOf, withStore } from '../queue/rig.ts';
import { conclude } from '../support/conclude.ts';
import type { Fault, FaultContext } from '../support/fault.ts';
import { PASSWORD, PostgresServer, USER, withoutPostgres } from '../support/postgres.ts';
import { EmbeddedRig } from './rig.ts';

const run = promisify(execFile);
const COMMAND = join(rootDir, 'dist', 'bin', 'moveStore.js');

async function moveUp(context: FaultContext) {
	const { short, check, tell } = context;
	const server = await PostgresServer.start();
	context.atEnd(async () => await server.remove());
	await server.createDatabase(STORE);
	const rig = await EmbeddedRig.start(context);
	const { n8n, poster, receiver } = rig;
	receiver.treat = () => ({ status: 503 });
	await poster.post(short ? 100 : 1_000);

	const where = { host: '127.0.0.1', port: String(server.port), database: STORE, user: USER };
	const args = Object.entries({ ...where, schema: SCHEMA }).flatMap(([k, v]) => [`--${k}`, v]);
	const move = async () => {
		const env = { PGPASSWORD: PASSWORD, N8N_USER_FOLDER: n8n.userFolder };
		return await run(hostNode(), [COMMAND, ...args], { env });
	};
	const refused: { stderr?: string } = await move().catch((error: { stderr?: string }) => error);
	check(/Another process has/.test(refused.stderr ?? ''), 'refused as long as n8n runs');
	await n8n.kill();
	const { stdout } = await move();
	tell(stdout.trim().split('\n').at(-1) as string);
	check(/are in PostgreSQL/.test(stdout), 'the command tells that the store was moved');
	check(/nothing was to be done/.test((await move()).stdout), 'and, run again, that it was');

	await rig.startAgain();
	const answer = await poster.try(10);
	check(answer === 503, `a node that still has the old store answers 503, and not ${answer}`);
	const credential = await makeStoreCredential(n8n, server.port);
	const { nodes } = await n8n.api.getWorkflow(rig.workflowId);
	await n8n.api.updateWorkflow(rig.workflowId, { nodes: withStore(nodes, credential) });
	await n8n.api.activate(rig.workflowId);
	receiver.treat = () => ({});
	await poster.post(100);
	const tally = await conclude({
		context,
		receivers: [receiver],
		owed: poster.owed,
		read: async () => await readStoreOf(server, receiver),
		timeoutMs: 180_000,
	});
	check(tally.queued === 0, 'everything that waited in the file is sent from PostgreSQL');
	return tally;
}

export const movedUp: Fault = {
	name: 'moved-up',
	title: 'n8n is killed, its embedded store is moved to PostgreSQL with what waits in it',
	missing: withoutPostgres,
	run: moveUp,
};
