import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultContext } from '../support/fault.ts';
import { EmbeddedRig } from './rig.ts';

const HOUR_MS = 3_600_000;
const LONGEST_MS = 120_000;

async function run(context: FaultContext) {
	const { short, tell, check } = context;
	const folder = mkdtempSync(join(tmpdir(), 'postback-clock-'));
	context.atEnd(() => rmSync(folder, { recursive: true }));
	const file = join(folder, 'shift');
	const shift = (ms: number) => writeFileSync(file, String(ms));
	shift(0);
	const preload = join(import.meta.dirname, '..', 'support', 'shiftedClock.cjs');
	const rig = await EmbeddedRig.start(context, {
		env: { FAULTS_CLOCK_FILE: file, NODE_OPTIONS: `--require ${preload}` },
	});
	const { poster, receiver, n8n } = rig;
	receiver.treat = () => ({ status: 503 });
	const part = short ? 100 : 500;
	await poster.post(part);

	shift(-HOUR_MS);
	tell('the clock is set back an hour');
	await poster.post(part);
	await sleep(3_000);
	receiver.treat = () => ({});
	const after = await rig.conclude(LONGEST_MS);
	check(after.queued === 0, 'nothing waits for the hour to pass again');

	receiver.treat = () => ({ afterMs: 500 });
	await poster.post(part);
	while (receiver.requestCount === 0) await sleep(20);
	await n8n.kill();
	await rig.startAgain();
	tell('killed and started with the clock still set back');
	const restarted = await rig.conclude(LONGEST_MS);
	check(restarted.queued === 0, 'nor after a restart');

	shift(0);
	await poster.post(part);
	const tally = await rig.conclude(LONGEST_MS);
	check(tally.queued === 0, 'nor when the clock is right again');
	return tally;
}

export const clockSetBack: Fault = {
	name: 'clock-set-back',
	title: 'the clock is set back an hour while messages wait, and n8n is killed meanwhile',
	run,
};
