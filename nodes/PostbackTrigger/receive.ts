import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { DefinitionError, HitError, parseHits, type Hit } from '../../lib/postbacks';
import { takeHits } from '../../lib/postbacks/intake';
import { StoreFullError, StoreSetupError } from '../../lib/store/errors';
import { storeOf } from '../shared/stores';
import { assertAllowedAddress, authenticate, RefusedError } from './authentication';
import { engineOf, engineParameters } from './engines';
import { composeForTest } from './manual';
import { postbackScope } from './scope';

const DAY = 24 * 3600_000;
const MB = 1024 * 1024;

interface Answer {
	status: number;
	body: IDataObject;
	headers?: Record<string, string>;
}

/**
 * Takes hits in: checks who sends, reads them, matches and stores. The answer is written here, since n8n
 * would hold it back until an execution slot is free; 202 means that everything that matched is on disk.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	if (context.getMode() === 'manual') return await receiveForTest(context);
	const answer = await answerTo(context).catch((error: unknown) => problemAnswer(context, error));
	write(context, answer);
	return { noWebhookResponse: true };
}

async function answerTo(context: IWebhookFunctions): Promise<Answer> {
	const settings = context.getNodeParameter('settings', {}) as IDataObject;
	const { hits, rejected } = await readHits(context, settings);
	const scope = postbackScope(context.getWorkflow().id, context.getNode().id);
	const engine = engineOf(scope, engineParameters(context));
	const { store, settings: storeSettings } = await storeOf(context);
	const report = await takeHits(hits, {
		store,
		engine,
		scope,
		consumer: `trigger:${scope}`,
		maxBytes: storeSettings.maxBytes,
		eventKeyOf: eventKeys(context, settings),
		deduplicationMs: Math.max(1, Number(settings.deduplicationDays ?? 14)) * DAY,
		workflowId: context.getWorkflow().id,
		now: Date.now,
		random: Math.random,
	});
	const { hits: accepted, ...rest } = report;
	return { status: 202, body: { accepted, rejected, ...rest } as unknown as IDataObject };
}

async function readHits(context: IWebhookFunctions, settings: IDataObject) {
	const request = context.getRequestObject();
	// Not `ips`, which names the proxies on the way too: they are no senders of hits.
	assertAllowedAddress(String(settings.allowedIps ?? ''), [request.ip ?? '']);
	const maxBodyBytes = Math.max(1, Number(settings.maxBodyMb ?? 10)) * MB;
	const announced = Number(request.headers['content-length'] ?? 0);
	if (announced > maxBodyBytes) throw tooLarge(maxBodyBytes);
	const body = await readBody(context, maxBodyBytes);
	await authenticate(context, body);
	const url = request.originalUrl ?? request.url;
	return parseHits(
		{
			method: request.method,
			contentType: request.headers['content-type'],
			query: url.includes('?') ? url.slice(url.indexOf('?') + 1) : '',
			body,
		},
		{ maxBodyBytes, maxHits: Math.max(1, Number(settings.maxHits ?? 10_000)) },
	);
}

const tooLarge = (limit: number) =>
	new HitError(
		413,
		`The request is larger than ${limit / MB} MB. Send fewer hits at once, or raise Options › Largest Request.`,
	);

async function readBody(context: IWebhookFunctions, limit: number): Promise<Buffer> {
	const request = context.getRequestObject();
	if (request.method === 'GET') return Buffer.alloc(0);
	const problem = await request.readRawBody().then(
		() => undefined,
		(error: Error & { statusCode?: number; status?: number }) => error,
	);
	if ((problem?.statusCode ?? problem?.status) === 413) throw tooLarge(limit);
	if (problem) throw new HitError(400, `The body could not be read: ${problem.message}`);
	return Buffer.isBuffer(request.rawBody) ? request.rawBody : Buffer.alloc(0);
}

/** How hits are named, so that one counts once; undefined when the operator does not want it. */
function eventKeys(context: IWebhookFunctions, settings: IDataObject) {
	switch (settings.deduplicateBy) {
		case 'header': {
			const headers = context.getHeaderData();
			const name = headers['idempotency-key'] ?? headers['webhook-id'];
			return (_hit: Hit, index: number) =>
				name === undefined ? undefined : `${String(name)}#${index}`;
		}
		case 'hitKey': {
			const key = String(settings.deduplicationKey ?? '');
			return (hit: Hit) => {
				const value = hit.get(key);
				return value === undefined || value === null || value === '' ? undefined : String(value);
			};
		}
		default:
			return undefined;
	}
}

function problemAnswer(context: IWebhookFunctions, error: unknown): Answer {
	if (error instanceof HitError) {
		const index = error.index === undefined ? {} : { index: error.index };
		return { status: error.status, body: { error: error.message, ...index } };
	}
	if (error instanceof RefusedError) {
		const headers = error.status === 401 ? { 'www-authenticate': 'Bearer' } : undefined;
		return { status: error.status, body: { error: error.message }, headers };
	}
	if (error instanceof StoreFullError || error instanceof StoreSetupError) {
		context.logger.warn(`${context.getNode().name}: ${error.message}`);
		return {
			status: 503,
			body: { error: 'Hits cannot be stored now; send them again later' },
			headers: { 'retry-after': '30' },
		};
	}
	const message = error instanceof Error ? error.message : String(error);
	context.logger.error(`${context.getNode().name}: ${message}`);
	const reason =
		error instanceof DefinitionError
			? 'The postbacks of this trigger are set up wrongly'
			: 'Hits cannot be taken in now; send them again later';
	return { status: 503, body: { error: reason }, headers: { 'retry-after': '30' } };
}

function write(context: IWebhookFunctions, { status, body, headers = {} }: Answer): void {
	const response = context.getResponseObject();
	for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
	response.status(status).json(body);
}

/** "Listen for test event" in the editor: the deliveries go to the canvas, marked as a test. */
async function receiveForTest(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const settings = context.getNodeParameter('settings', {}) as IDataObject;
	try {
		const { hits, rejected } = await readHits(context, settings);
		const items = await composeForTest(context, hits);
		write(context, {
			status: 202,
			body: {
				test: true,
				accepted: hits.length,
				rejected,
				queued: items.length,
			} as unknown as IDataObject,
		});
		return { noWebhookResponse: true, workflowData: [items] };
	} catch (error) {
		write(context, problemAnswer(context, error));
		return { noWebhookResponse: true };
	}
}
