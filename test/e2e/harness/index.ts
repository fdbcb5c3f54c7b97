import { startN8n } from '../../../scripts/host/n8n.ts';
import type { N8n, N8nOptions } from '../../../scripts/host/n8n.ts';

export * from '../../../scripts/host/client.ts';
export * from '../../../scripts/host/n8n.ts';
export * from '../../../scripts/host/poll.ts';
export * from '../../../scripts/host/workflow.ts';
export * from '../../../scripts/receiver.ts';

/** Nobody looks at the editor unless a test says so, and the start is a second shorter without. */
const HEADLESS = { N8N_DISABLE_UI: 'true' };

const withDefaults = (options: N8nOptions): N8nOptions => ({
	...options,
	env: { ...HEADLESS, ...options.env },
});

/** Removes what a test that succeeded has left, and says where to look after one that failed. */
async function leave(n8n: N8n, failed: boolean): Promise<void> {
	if (!failed) {
		await n8n.remove();
		return;
	}
	await n8n.stop();
	process.stderr.write(`The failed n8n's data and log stay in ${n8n.userFolder}\n`);
}

/** Runs one test in an n8n of its own, with a new user folder. */
export async function withN8n(
	options: N8nOptions,
	test: (n8n: N8n) => Promise<void>,
): Promise<void> {
	const n8n = await startN8n(withDefaults(options));
	let failed = true;
	try {
		await test(n8n);
		failed = false;
	} finally {
		await leave(n8n, failed);
	}
}

/** One n8n for all tests of a file or describe block; call the result inside of the tests. */
export function suiteN8n(options: N8nOptions = {}): () => N8n {
	let n8n: N8n | undefined;
	beforeAll(async () => {
		n8n = await startN8n(withDefaults(options));
	});
	afterAll(async () => {
		if (n8n) await leave(n8n, (globalThis as { suiteFailed?: boolean }).suiteFailed === true);
	});
	return () => {
		if (!n8n) throw new Error('n8n has not started');
		return n8n;
	};
}
