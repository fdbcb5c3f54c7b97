import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IHookFunctions, INodeProperties, IWebhookFunctions } from 'n8n-workflow';
import { systemClock, type Clock } from '../../lib/clock';
import { oncePerProcess } from './processScope';

/** Says, with a secret of this process, that a test run is to take its sample. */
const HEADER = 'x-postback-sample';
/** n8n listens at the test URL once the node's hooks are done. */
const FIRST_LOOK_MS = 500;
const LOOKS = 20;

const WAIT = 'wait';
const SAMPLE = 'sample';

/**
 * The field by which a trigger with a webhook can be run in the editor without a request.
 * @param wait what a test run waits for otherwise
 * @param sample what the sample is
 */
export const testRunField = (wait: string, sample: string): INodeProperties => ({
	displayName: 'Test Run',
	name: 'testRun',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Use a Sample', value: SAMPLE, description: sample },
		{ name: 'Wait for a Request', value: WAIT, description: wait },
	],
	default: WAIT,
	description:
		'What starts the workflow when it is run in the editor. Once published it starts with real requests only.',
});

type HookContext = Pick<
	IHookFunctions,
	'getMode' | 'getNode' | 'getNodeParameter' | 'getNodeWebhookUrl' | 'getWorkflow' | 'logger'
>;

/** Whether a test run is to take the sample. */
export const wantsSample = (context: Pick<HookContext, 'getMode' | 'getNodeParameter'>): boolean =>
	context.getMode() === 'manual' && context.getNodeParameter('testRun', WAIT) === SAMPLE;

/**
 * Called while n8n prepares a test run. n8n runs a trigger with a webhook only when a request comes to the
 * test URL, so where the sample is wanted this process sends that request itself, once n8n listens.
 */
export function startSampleRun(context: HookContext, clock: Clock = systemClock): void {
	if (!wantsSample(context)) return;
	const url = context.getNodeWebhookUrl('default');
	if (url === undefined) return;
	// n8n asks once for each webhook of the node.
	const running = oncePerProcess('sampleRuns', () => new Set<string>());
	const key = `${context.getWorkflow().id}/${context.getNode().id}`;
	if (running.has(key)) return;
	running.add(key);
	void requestSample(url, clock)
		.then((wasTaken) => {
			if (!wasTaken) {
				context.logger.warn(
					`${context.getNode().name}: n8n could not be reached at ${url} to start the test run with the sample. Send a request there, or set Test Run to "Wait for a Request".`,
				);
			}
		})
		.finally(() => running.delete(key));
}

/** Whether a request is the one of {@link startSampleRun}. */
export function isSampleRequest(
	context: Pick<IWebhookFunctions, 'getMode' | 'getRequestObject'>,
): boolean {
	if (context.getMode() !== 'manual') return false;
	const given = Buffer.from(String(context.getRequestObject().headers[HEADER] ?? ''));
	const expected = Buffer.from(secret());
	return given.length === expected.length && timingSafeEqual(given, expected);
}

const secret = () => oncePerProcess('sampleSecret', () => randomBytes(24).toString('base64url'));

async function requestSample(url: string, clock: Clock): Promise<boolean> {
	const places = [...new Set([ownUrlOf(url, process.env), url])];
	for (let look = 0; look < LOOKS; look++) {
		await clock.sleep(FIRST_LOOK_MS);
		for (const place of places) {
			if (await isTaken(place)) return true;
		}
	}
	return false;
}

/** Any answer of the node's own counts; 404 is n8n's while it does not listen yet. */
async function isTaken(url: string): Promise<boolean> {
	try {
		const answer = await fetch(url, {
			method: 'POST',
			headers: { [HEADER]: secret() },
			signal: AbortSignal.timeout(5_000),
		});
		await answer.body?.cancel();
		return answer.status !== 404 && answer.status < 502;
	} catch {
		return false;
	}
}

/**
 * Where n8n is reached from its own machine: the public URL may lead through a proxy that is not there yet.
 * @param url the test URL as the editor shows it
 */
export function ownUrlOf(url: string, env: Record<string, string | undefined>): string {
	const at = url.indexOf(`/${env.N8N_ENDPOINT_WEBHOOK_TEST || 'webhook-test'}/`);
	const listens = env.N8N_LISTEN_ADDRESS ?? '';
	const host = ['', '::', '0.0.0.0'].includes(listens) ? '127.0.0.1' : listens;
	const shown = host.includes(':') ? `[${host}]` : host;
	if (at < 0) return url;
	return `${env.N8N_PROTOCOL || 'http'}://${shown}:${env.N8N_PORT || '5678'}${url.slice(at)}`;
}
