/**
 * `npm run demo`: sends hits through a real n8n to a receiver that behaves badly on purpose, kills n8n
 * in the middle, and counts afterwards whether anything is lost. Options: --hits 400, --seed 1,
 * --time-scale 0.02 (waits of the retry schedule are multiplied by it).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildPackage } from './build.ts';
import { chooseFates, FATES, startBadReceiver } from './demo/bad-receiver.ts';
import { EXAMPLE_RECEIVER_PORT } from './demo/example-receiver.ts';
import { DOCUMENTED, generateRequests } from './demo/hits.ts';
import { postAll, type Posted } from './demo/poster.ts';
import { seededRandom } from './random.ts';
import { reconcile, type Reconciliation } from './demo/reconcile.ts';
import { readStore } from './demo/stored.ts';
import { ensureHost } from './host/install.ts';
import { N8n } from './host/n8n.ts';
import { poll } from './host/poll.ts';
import type { WorkflowJson } from './host/workflow.ts';
import { exampleWorkflows } from './import-workflows.ts';
import type { Receiver } from './receiver.ts';

const HOOK = 'postback-demo';
/** n8n is killed when this part of the messages has arrived. */
const KILL_AT = 0.3;
const LONGEST_DRAIN_MS = 240_000;
const TELL_EVERY_MS = 5_000;

const { values: options } = parseArgs({
	options: {
		hits: { type: 'string', default: '400' },
		seed: { type: 'string', default: '1' },
		'time-scale': { type: 'string', default: '0.02' },
	},
});

/** A number from the command line, or the end with advice. */
function numberOf(name: keyof typeof options, least: number, most: number): number {
	const value = Number(options[name]);
	if (value >= least && value <= most) return value;
	console.error(`--${name} must be a number from ${least} to ${most}, not "${options[name]}"`);
	process.exit(2);
}

const hitCount = numberOf('hits', 20, 100_000);
const seed = numberOf('seed', 0, 2 ** 32 - 1);
const timeScale = numberOf('time-scale', 0.001, 1);

const started = Date.now();
const tell = (text: string) =>
	console.log(`[${String(Math.round((Date.now() - started) / 1000)).padStart(3)} s] ${text}`);
const detail = (text: string) => console.log(`        ${text}`);

const interrupted = new AbortController();
const cleanUps: Array<() => Promise<unknown>> = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => interrupted.abort(new Error(`Ended by ${signal}`)));
}

/** The example workflow, sending to another port of this machine. */
async function exampleFor(receiver: Receiver): Promise<WorkflowJson> {
	const examples = await exampleWorkflows();
	const example = examples.find(({ file }) => file === 'postback-delivery.json');
	const text = JSON.stringify(example?.json);
	return JSON.parse(
		text.replaceAll(`127.0.0.1:${EXAMPLE_RECEIVER_PORT}`, `127.0.0.1:${receiver.port}`),
	) as WorkflowJson;
}

/** Posts Adobe's documented hit and looks at what comes of it. */
async function sendDocumented(n8n: N8n, receiver: Receiver): Promise<void> {
	const response = await fetch(n8n.webhookUrl(HOOK), {
		method: 'POST',
		headers: { 'content-type': 'application/x-www-form-urlencoded' },
		body: DOCUMENTED.form,
	});
	if (response.status !== 202) throw new Error(`The hit was answered with ${response.status}`);
	const [request] = await receiver.waitFor(1, { timeoutMs: 20_000 });
	if (request.url !== DOCUMENTED.url) {
		throw new Error(`The documented hit arrived as ${request.url}, not as ${DOCUMENTED.url}`);
	}
	detail(`sent     ${DOCUMENTED.form}`);
	detail(`arrived  ${request.method} ${receiver.url}${request.url}`);
}

/** Kills n8n once enough has arrived, and starts it again. */
async function killInTheMiddle(n8n: N8n, receiver: Receiver, messages: number): Promise<void> {
	const wanted = Math.ceil(messages * KILL_AT);
	await receiver.waitFor(wanted, { timeoutMs: 120_000 });
	await n8n.kill();
	tell(
		`n8n killed (SIGKILL) after ${receiver.requests().length} requests had arrived; starting it`,
	);
	await n8n.start();
	await n8n.waitForWebhook(HOOK);
	tell('n8n is back');
}

/** Waits until nothing in the store waits any more, and tells how far it is. */
async function drained(n8n: N8n): Promise<void> {
	let told = Date.now();
	await poll(
		() => {
			const rows = readStore(n8n.userFolder);
			const count = (status: string) => rows.filter((row) => row.status === status).length;
			const waiting = rows.filter((row) => !row.settled).length;
			if (Date.now() - told > TELL_EVERY_MS) {
				told = Date.now();
				tell(`${count('delivered')} delivered, ${count('dead')} dead letters, ${waiting} waiting`);
			}
			return waiting === 0;
		},
		{ timeoutMs: LONGEST_DRAIN_MS, everyMs: 250, what: 'the last delivery' },
	).catch((error: Error) => tell(error.message));
}

function report(result: Reconciliation): boolean {
	for (const [reason, count] of result.dead) detail(`${count} dead letters: ${reason}`);
	for (const message of result.lost) detail(`LOST: ${message}`);
	for (const line of result.unexplained) detail(`DEAD LETTER WITHOUT A CAUSE: ${line}`);
	for (const message of result.unexpected) detail(`NOT ASKED FOR: ${message}`);
	return result.lost.length + result.unexplained.length + result.unexpected.length === 0;
}

async function run(): Promise<number> {
	const random = seededRandom(seed);
	const requests = generateRequests(hitCount, random);
	const hits = requests.flatMap((request) => request.hits);
	const messages = hits.flatMap(({ message }) => message ?? []);
	const fates = chooseFates(messages, random);

	tell('Building the package and looking for n8n');
	buildPackage();
	await ensureHost();

	const receiver = await startBadReceiver(fates);
	cleanUps.push(async () => await receiver.close());
	tell(`A receiver at ${receiver.url} that behaves badly on purpose:`);
	for (const fate of FATES) {
		const count = [...fates.values()].filter((one) => one === fate).length;
		detail(`${String(count).padStart(3)} messages: ${fate.name}`);
	}

	tell(`Starting n8n with the example workflow; waits of the retry schedule x ${timeScale}`);
	const env = { N8N_POSTBACK_TIME_SCALE: String(timeScale), N8N_DISABLE_UI: 'true' };
	const n8n = await N8n.prepare({ env });
	cleanUps.push(async () => {
		await n8n.kill();
		await n8n.remove();
	});
	await n8n.start();
	const { id } = await n8n.api.createWorkflow(await exampleFor(receiver));
	await n8n.api.activate(id);

	tell("Adobe's documented sample hit");
	await sendDocumented(n8n, receiver);

	tell(
		`Posting ${hits.length} hits, ${messages.length} of which call for a message (seed ${seed})`,
	);
	const posted: Posted = { answered: [], repeated: 0 };
	const posting = postAll(n8n.webhookUrl(HOOK), requests, posted, interrupted.signal);
	await killInTheMiddle(n8n, receiver, messages.length);
	await posting;
	tell(`All hits are answered with 202; ${posted.repeated} requests had to be posted again`);
	await drained(n8n);
	await n8n.stop();

	tell('Comparing the answers with what the receiver got and with the dead letters of the store');
	const answered = posted.answered.flatMap(({ message }) => message ?? []);
	const owed = [DOCUMENTED.message, ...answered];
	const result = reconcile(owed, receiver.requests(), readStore(n8n.userFolder));
	const good = report(result);
	const dead = [...result.dead.values()].reduce((sum, count) => sum + count, 0);
	lastLine =
		`demo: ${result.events} events in, ${result.delivered} delivered, ${dead} dead-lettered, ` +
		`${result.lost.length} lost, ${result.duplicates} duplicates`;
	return good ? 0 : 1;
}

let lastLine: string | undefined;
const stopped = new Promise<never>((_, reject) => {
	interrupted.signal.addEventListener('abort', () => reject(interrupted.signal.reason as Error));
});
let code = 1;
try {
	code = await Promise.race([run(), stopped]);
} catch (error) {
	console.error((error as Error).message);
	if (interrupted.signal.aborted) code = 130;
} finally {
	interrupted.abort(new Error('over'));
	for (const cleanUp of cleanUps.reverse()) await cleanUp().catch(() => undefined);
	await sleep(0);
}
if (lastLine) console.log(lastLine);
process.exit(code);
