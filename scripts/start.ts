/**
 * `npm start`: the pinned n8n with this package and its example workflows in it, ready to be
 * clicked, and the receiver that the examples send to. Its data stays in .n8n-local/ of the checkout.
 * Options: --port 5678.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPackage } from './build.ts';
import { ensureHost } from './host/install.ts';
import { N8n } from './host/n8n.ts';
import { importWorkflows } from './import-workflows.ts';
import { addressOf, assertFree, tryReceiver } from './local.ts';
import { rootDir } from './paths.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '5678' } } });
const port = Number(values.port);

await assertFree(port, 'npm start');
buildPackage();
await ensureHost();

const n8n = await N8n.prepare({ userFolder: join(rootDir, '.n8n-local'), port });

const receiver = await tryReceiver();

let asked = 0;
const stop = () => {
	asked += 1;
	if (asked > 1) void n8n.kill();
	else void n8n.stop();
	console.log(asked > 1 ? '\nEnding n8n at once' : '\nStopping n8n (once more: at once)');
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

console.log('Starting n8n');
try {
	await n8n.start();
} catch (error) {
	if (asked > 0) process.exit(0);
	throw error;
}
const workflows = await importWorkflows(n8n.api);

console.log(`
${addressOf(port)}

Workflows (publish one to switch it on):
${workflows.map(({ id, name }) => `  ${name}\n    http://localhost:${port}/workflow/${id}`).join('\n')}

${receiver ? `The examples send to ${receiver.url} (open it to see what arrived)\n\n` : ''}Data: .n8n-local/   Log: .n8n-local/n8n.log   Ctrl-C stops it.
`);

await n8n.ended;
await receiver?.close();
if (asked === 0) {
	console.error(`n8n has ended by itself:\n${n8n.log.tail()}`);
	process.exitCode = 1;
}
