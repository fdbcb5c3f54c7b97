/**
 * `npm run dev`: n8n with this package in it, and every change to the sources in n8n within seconds.
 * Nodes and credential types are reloaded in the running n8n, the rest restarts it; `r` and Enter
 * restarts it too. Data and workflows are those of `npm start`. Options: --port 5678.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { DevSession } from './dev/session.ts';
import { ensureHost } from './host/install.ts';
import { importWorkflows } from './import-workflows.ts';
import { addressOf, assertFree, tryReceiver } from './local.ts';
import { rootDir } from './paths.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '5678' } } });
const port = Number(values.port);
const started = Date.now();
const say = (line: string) =>
	console.log(`[${String(Math.round((Date.now() - started) / 1000)).padStart(3)} s] ${line}`);

await assertFree(port, 'npm run dev');
await ensureHost();
const userFolder = join(rootDir, '.n8n-local');
mkdirSync(userFolder, { recursive: true });

const stopped = new Promise<void>((resolve) => {
	process.once('SIGINT', resolve);
	process.once('SIGTERM', resolve);
});
const starting = DevSession.start({ root: rootDir, userFolder, port, say });
const session = await Promise.race([starting, stopped]);
if (session) {
	const receiver = await tryReceiver();
	await importWorkflows(session.n8n.api);
	console.log(`
${addressOf(port)}

Change a file and save it. A workflow that is published has to be published again for its triggers to
run the new code. r and Enter restarts n8n. Log: .n8n-local/n8n.log   Ctrl-C stops it.
`);
	createInterface({ input: process.stdin }).on('line', (line) => {
		if (line.trim() === 'r') void session.restart();
	});
	await stopped;
	say('Stopping n8n');
	await session.close();
	await receiver?.close();
}
process.exit(0);
