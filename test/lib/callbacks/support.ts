import { randomBytes } from 'node:crypto';
import {
	CallbackApi,
	type ApiRequest,
	type ApiResponse,
	type CallbackApiOptions,
} from '../../../lib/callbacks/api/handler';
import { TokenGuard } from '../../../lib/callbacks/api/tokens';
import { Conditions } from '../../../lib/callbacks/condition';
import type { CallbackResource, ErrorObject, Pagination } from '../../../lib/callbacks/jsonApi';
import { createSecretBox } from '../../../lib/callbacks/secretBox';
import { CallbackService, type CallbackServiceOptions } from '../../../lib/callbacks/service';
import { callbackMigrations } from '../../../lib/callbacks/store/migrations';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { deliveriesMigration } from '../../../lib/store/migrations/0001-deliveries';
import { FakeClock } from '../../support/fakeClock';
import { openTestStore, testFolder } from '../../support/stores';

export const PROPERTY = `PR${'a'.repeat(32)}`;
export const OTHER_PROPERTY = `PR${'b'.repeat(32)}`;
export const BASE = 'https://n8n.example/webhook/api';
export const ALL_TOKEN = 'token-for-everything-1';
export const BOUND_TOKEN = 'token-for-one-property';

/** A store with the tables of callbacks, and everything that works on it. */
export interface Bench {
	clock: FakeClock;
	store: DeliveryStore;
	conditions: Conditions;
	service: CallbackService;
	serviceWith: (options: Partial<CallbackServiceOptions>) => CallbackService;
	close: () => Promise<void>;
}

export async function openBench(): Promise<Bench> {
	const folder = testFolder();
	const clock = new FakeClock();
	const store = await openTestStore(folder.path, clock, {
		migrations: { '0001-deliveries': deliveriesMigration, ...callbackMigrations },
	});
	const conditions = new Conditions({ clock: performanceClock, random: () => 0.5 });
	const serviceWith = (options: Partial<CallbackServiceOptions>) =>
		new CallbackService({
			store,
			secrets: testBox,
			conditions,
			rules: { allowHttp: false, checkUrl: async () => undefined },
			rotationOverlapMs: 24 * 3600_000,
			randomBytes,
			...options,
		});
	return {
		clock,
		store,
		conditions,
		serviceWith,
		service: serviceWith({}),
		close: async () => {
			await store.close();
			folder.remove();
		},
	};
}

export const performanceClock = { monotonic: () => performance.now() };
export const testBox = createSecretBox(['a key of n8n'], randomBytes);

/** What a client sends; the body is written as JSON unless it is a text. */
export interface TestRequest {
	body?: unknown;
	query?: string;
	token?: string | null;
}

export interface TestAnswer {
	status: number;
	headers: Record<string, string>;
	text?: string;
	/** The document as a client reads it. */
	json: {
		data: CallbackResource & CallbackResource[];
		errors: ErrorObject[];
		meta: { pagination: Pagination; warnings: string[]; secret: string };
		links: Record<string, string>;
	};
	change: ApiResponse['change'];
}

/** An API with a token for everything and one for {@link PROPERTY}. */
export function openApi(service: CallbackService, options: Partial<CallbackApiOptions> = {}) {
	const errors: unknown[] = [];
	const api = new CallbackApi({
		service,
		tokens: new TokenGuard([
			{ name: 'all', token: ALL_TOKEN, properties: 'all' },
			{ name: 'bound', token: BOUND_TOKEN, properties: [PROPERTY] },
		]),
		properties: new Map([
			[PROPERTY, 'My Events'],
			[OTHER_PROPERTY, 'Other'],
		]),
		anyProperty: false,
		baseUrl: BASE,
		maxBodyBytes: 64 * 1024,
		secrets: 'asked',
		onError: (error) => errors.push(error),
		...options,
	});
	const call = async (
		method: string,
		path: string,
		{ body, query = '', token = ALL_TOKEN }: TestRequest = {},
	): Promise<TestAnswer> => {
		const request: ApiRequest = {
			method,
			path,
			query,
			...(token === null ? {} : { authorization: `Bearer ${token}` }),
			...(body === undefined
				? {}
				: { body: typeof body === 'string' ? body : JSON.stringify(body) }),
		};
		const { body: text, ...answer } = await api.handle(request);
		return {
			...answer,
			...(text === undefined ? {} : { text }),
			json: (text === undefined ? {} : JSON.parse(text)) as TestAnswer['json'],
			change: answer.change,
		};
	};
	return { api, call, errors };
}

/** The document of the seed's create request. */
export const newCallback = (attributes: Record<string, unknown> = {}) => ({
	data: {
		attributes: {
			url: 'https://www.example.com',
			subscriptions: ['rule.created'],
			...attributes,
		},
	},
});
