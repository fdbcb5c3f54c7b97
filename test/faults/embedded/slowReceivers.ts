import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyEquals } from '../../e2e/harness/spine.ts';
import type { Fault, FaultContext } from '../support/fault.ts';
import { peakMemoryMb, forgetPeak } from '../support/memory.ts';
import { FaultyReceiver, type Treat } from '../support/receiver.ts';
import { EmbeddedRig } from './rig.ts';

/** One endpoint that is slow on purpose must not hold up another for so long. */
const LONGEST_OTHERS_MS = 30_000;
const BAD_FOR_MS = 20_000;
const MOST_GROWTH_MB = 400;
const GIGABYTE = 1024 ** 3;

/** Sends as much as is asked for, as fast as it is taken. */
async function pour(response: ServerResponse, bytes: number): Promise<void> {
	response.writeHead(200, { 'content-length': String(bytes) });
	const block = Buffer.alloc(1024 * 1024, 'x');
	for (let sent = 0; sent < bytes && !response.destroyed; sent += block.length) {
		if (response.write(block)) continue;
		await new Promise<void>((resolve) => {
			response.once('drain', resolve);
			response.once('close', resolve);
		});
	}
	response.end();
}

/** A byte a second: of the head, so that no status ever comes in time. */
async function trickle(response: ServerResponse): Promise<void> {
	const { socket } = response;
	for (const sign of 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n') {
		if (!socket || socket.destroyed) return;
		socket.write(sign);
		await sleep(1_000, undefined, { ref: false });
	}
}

/** A byte a second of the body, after a head that came at once. */
async function trickleBody(response: ServerResponse): Promise<void> {
	response.writeHead(200, { 'content-length': '1000' });
	while (!response.destroyed) {
		response.write('x');
		await sleep(1_000, undefined, { ref: false });
	}
}

async function slow(context: FaultContext, treat: Treat) {
	const { short, tell, check } = context;
	const quick = await FaultyReceiver.start();
	context.atEnd(async () => await quick.close());
	const rig = await EmbeddedRig.start(context, {
		postback: { name: 'slow', triggers: keyEquals('to', 'slow') },
		elsewhere: [
			{
				receiver: quick,
				postback: { name: 'quick', url: `${quick.url}/?n={n}`, triggers: keyEquals('to', 'quick') },
			},
		],
		hitOf: (n) => ({ n, to: n % 2 === 0 ? 'slow' : 'quick' }),
	});
	const { poster, receiver, n8n } = rig;
	const half = short ? 100 : 500;
	receiver.treat = treat;
	await poster.post(20);
	await sleep(1_000);
	forgetPeak(n8n.pid as number);
	const before = peakMemoryMb(n8n.pid as number);

	const begun = Date.now();
	await poster.post(2 * half - 20);
	while (quick.takenCount < half && Date.now() < begun + LONGEST_OTHERS_MS) await sleep(100);
	tell(`${quick.takenCount} of ${half} messages to others arrived after ${Date.now() - begun} ms`);
	check(quick.takenCount === half, 'messages to others do not wait for a slow receiver');
	await sleep(BAD_FOR_MS);
	const grown = Math.round(peakMemoryMb(n8n.pid as number) - before);
	tell(`n8n's memory grew by ${grown} MB at most`);
	check(grown < MOST_GROWTH_MB, `n8n's memory is bounded: it grew by ${grown} MB`);

	receiver.treat = () => ({});
	const tally = await rig.conclude(180_000);
	check(tally.queued === 0, 'everything is sent once the receiver is well');
	return tally;
}

export const neverAnswers: Fault = {
	name: 'receiver-silent',
	title: 'a receiver that never answers, beside one that does',
	run: async (context) => await slow(context, () => ({ hang: true })),
};

export const trickles: Fault = {
	name: 'receiver-trickles',
	title:
		'a receiver that sends its answers a byte a second, head or body, beside one that does not',
	run: async (context) =>
		await slow(context, (message) =>
			message % 4 === 0 ? { answer: trickle, status: 500 } : { answer: trickleBody },
		),
};

export const pours: Fault = {
	name: 'receiver-pours',
	title: 'a receiver that answers with a body of 1 GB, beside one that does not',
	run: async (context) =>
		await slow(context, () => ({ answer: async (response) => await pour(response, GIGABYTE) })),
};
