import type { IDataObject } from 'n8n-workflow';
import { ReactorError } from '../../lib/callbacks/reactor/errors';
import type { WriteForm } from '../../lib/callbacks/reactor/settings';
import { servedAt } from '../../lib/callbacks/store/servedAt';
import { callbackConditions, callbackServiceOf } from '../shared/callbackStore';
import { listOf } from '../shared/lists';
import { reactorServiceOf } from '../shared/reactorClients';
import { storeOf, type StoreContext } from '../shared/stores';
import { RemoteSource } from './remoteSource';
import type { CallbackSource } from './sources';
import { StoreSource } from './storeSource';

/** The field "Callbacks Of". */
export type SourceChoice = 'adobe' | 'remote' | 'store';

export interface OpenOptions {
	writeForm: WriteForm;
	/** Of the store's callbacks. */
	allowHttp: boolean;
	allowedHosts: readonly string[];
	signal?: AbortSignal;
	/** Changes of the store are taken back. */
	dryRun?: boolean;
	warn: (warning: string) => void;
}

/** The options of the node's field "Options". */
export function openOptions(options: IDataObject): Omit<OpenOptions, 'warn'> {
	return {
		writeForm: options.writeForm === 'openapi' ? 'openapi' : 'guide',
		allowHttp: options.allowHttp === true,
		allowedHosts: listOf(options.allowedHosts),
	};
}

/**
 * Opens where the callbacks of a node are, once for an execution.
 * @throws ReactorError, AuthenticationError, HostPatternError, StoreSetupError that name what is wrong
 */
export async function openSource(
	context: StoreContext,
	choice: SourceChoice,
	options: OpenOptions,
): Promise<CallbackSource> {
	if (choice === 'store') return await openStore(context, options);
	if (choice !== 'adobe' && choice !== 'remote') {
		throw new ReactorError(`Callbacks Of has no choice "${String(choice)}"`, { kind: 'invalid' });
	}
	const { writeForm, signal } = options;
	const remote = await reactorServiceOf(context, choice, {
		writeForm,
		...(signal ? { signal } : {}),
	});
	return new RemoteSource({
		...remote,
		service: choice,
		conditions: callbackConditions(),
		now: Date.now,
	});
}

async function openStore(context: StoreContext, options: OpenOptions): Promise<CallbackSource> {
	const { store } = await storeOf(context);
	return new StoreSource({
		service: callbackServiceOf(context, store, options),
		author: context.getNode().name,
		baseUrl: async () => (await store.read(servedAt)) ?? '',
		warn: options.warn,
	});
}
