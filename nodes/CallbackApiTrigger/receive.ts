import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { ApiError, tooLarge } from '../../lib/callbacks/api/errors';
import { CallbackApi, refusalOf, type ApiResponse } from '../../lib/callbacks/api/handler';
import { TokenGuard } from '../../lib/callbacks/api/tokens';
import { callbackServiceOf } from '../shared/callbackStore';
import { isSampleRequest } from '../shared/sampleRun';
import { storeOf } from '../shared/stores';
import { answerNow } from '../shared/webhookIntake';
import { changeItem } from './items';
import { sampleChange } from './manual';
import { baseUrlOf, declaredProperties, readSettings } from './settings';
import { tokensOf, TOKENS_CREDENTIAL } from './tokens';

/**
 * Answers a request to the API. The answer is written here, since n8n would hold it back until an execution
 * slot is free; changes go to the canvas through the store.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const node = context.getNode();
	const onError = (error: unknown) =>
		context.logger.error(`${node.name}: ${error instanceof Error ? error.message : String(error)}`);
	const isTest = context.getMode() === 'manual';
	const baseUrl = baseUrlOf(context);
	if (isSampleRequest(context)) {
		answerNow(context, { status: 202, body: { test: true } });
		const item = sampleChange(declaredProperties(context), baseUrl);
		return { noWebhookResponse: true, workflowData: [[item]] };
	}
	const answer = await answerTo(context, { baseUrl, isTest, onError }).catch((error: unknown) =>
		refusalOf(error, onError),
	);
	write(context, answer);
	if (!isTest || !answer.change) return { noWebhookResponse: true };
	const names = declaredProperties(context);
	const change = { ...answer.change, no: 0, at: Date.now() };
	const item = changeItem(change, { baseUrl, names, test: true });
	return { noWebhookResponse: true, workflowData: [[item]] };
}

interface Means {
	baseUrl: string;
	isTest: boolean;
	onError: (error: unknown) => void;
}

async function answerTo(
	context: IWebhookFunctions,
	{ baseUrl, isTest, onError }: Means,
): Promise<ApiResponse> {
	const settings = readSettings(context);
	const properties = declaredProperties(context);
	const { store } = await storeOf(context);
	const request = context.getRequestObject();
	const api = new CallbackApi({
		service: callbackServiceOf(context, store, { ...settings, dryRun: isTest }),
		tokens: new TokenGuard(tokensOf(await context.getCredentials(TOKENS_CREDENTIAL), properties)),
		properties,
		anyProperty: settings.anyProperty,
		baseUrl,
		maxBodyBytes: settings.maxBodyBytes,
		secrets: settings.secrets,
		onError,
	});
	const url = request.originalUrl ?? request.url;
	const { authorization } = context.getHeaderData();
	return await api.handle({
		method: request.method,
		path: pathOf(context),
		query: url.includes('?') ? url.slice(url.indexOf('?') + 1) : '',
		...(typeof authorization === 'string' ? { authorization } : {}),
		body: async () => await readBody(context, settings.maxBodyBytes),
	});
}

/** What stands in the variable segments of the webhook's path. */
function pathOf(context: IWebhookFunctions): string {
	const { collection, id, related } = context.getParamsData() as Record<string, string>;
	return [collection, id, related]
		.filter((segment) => segment !== undefined)
		.map((segment) => `/${segment}`)
		.join('');
}

async function readBody(context: IWebhookFunctions, limit: number): Promise<Buffer> {
	const request = context.getRequestObject();
	if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
	const problem = await request.readRawBody().then(
		() => undefined,
		(error: Error & { statusCode?: number; status?: number }) => error,
	);
	if ((problem?.statusCode ?? problem?.status) === 413) throw tooLarge(limit);
	if (problem) {
		const detail = 'The body could not be read to its end';
		throw new ApiError(400, 'invalid-document', 'Invalid Document', detail, { pointer: '' });
	}
	return Buffer.isBuffer(request.rawBody) ? request.rawBody : Buffer.alloc(0);
}

function write(context: IWebhookFunctions, { status, headers, body }: ApiResponse): void {
	const response = context.getResponseObject();
	for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
	response.status(status);
	// Not json(), which would write another content type.
	if (body === undefined) response.end();
	else response.end(body);
}
