import type {
	INodeExecutionData,
	IRun,
	ITriggerFunctions,
	WorkflowActivateMode,
} from 'n8n-workflow';
import type { Delivery } from '../../../lib/delivery/delivery';
import { fakeContext, type FakeContextOptions } from './contexts';

export interface Emission {
	items: INodeExecutionData[];
	deliveries: Delivery[];
	/** Ends the execution that n8n has started with it. */
	end(status: IRun['status']): void;
	/** n8n stopped it. */
	reject(error: Error): void;
}

export interface TriggerContextOptions extends FakeContextOptions {
	activationMode?: WorkflowActivateMode;
	mode?: 'trigger' | 'manual';
	/** n8n does not take what is emitted. */
	refuseEmission?: Error;
}

/** What n8n gives a trigger, with everything that the trigger emits. */
export function triggerContext(options: TriggerContextOptions = {}) {
	const emissions: Emission[] = [];
	const watchers = new Set<() => void>();
	const base = fakeContext(options);
	const emit = ([items]: INodeExecutionData[][], _response?: unknown, done?: Deferred<IRun>) => {
		if (options.refuseEmission) throw options.refuseEmission;
		emissions.push({
			items,
			deliveries: items.map(({ json }) => json.delivery as unknown as Delivery),
			end: (status) => done?.resolve({ status } as IRun),
			reject: (error) => done?.reject(error),
		});
		for (const look of watchers) look();
	};
	const context = {
		...base,
		emit,
		getActivationMode: () => options.activationMode ?? 'init',
		getMode: () => options.mode ?? 'trigger',
		helpers: {
			createDeferredPromise: deferred,
		},
	} as unknown as ITriggerFunctions;
	/** Waits until so many batches were emitted. */
	const emitted = async (count: number): Promise<Emission[]> =>
		await new Promise((resolve, reject) => {
			const timer = setTimeout(
				() => reject(new Error(`Only ${emissions.length} batches were emitted`)),
				5_000,
			);
			const look = () => {
				if (emissions.length < count) return;
				clearTimeout(timer);
				watchers.delete(look);
				resolve(emissions);
			};
			watchers.add(look);
			look();
		});
	/** Ends every execution, so that nobody follows it on. */
	const endAll = () => emissions.forEach(({ end }) => end('error'));
	return { context, emissions, emitted, endAll, lines: base.lines };
}

interface Deferred<T> {
	promise: Promise<T>;
	resolve: (value: T) => void;
	reject: (error: Error) => void;
}

function deferred<T>(): Deferred<T> {
	let resolve!: Deferred<T>['resolve'];
	let reject!: Deferred<T>['reject'];
	const promise = new Promise<T>((yes, no) => {
		resolve = yes;
		reject = no;
	});
	return { promise, resolve, reject };
}
