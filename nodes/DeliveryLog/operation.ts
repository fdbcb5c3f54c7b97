import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { DeliveryStore } from '../../lib/store/deliveryStore';

/** What an operation works with. */
export interface OperationContext {
	node: IExecuteFunctions;
	store: DeliveryStore;
	/** Aborts when the execution is stopped. */
	signal?: AbortSignal;
	/** Told once for an execution, however many items it concerns. */
	hint: (message: string) => void;
	/** How far long work is. */
	progress: (message: string) => void;
}

/** One operation: what it gives for an item. Its fields stand in a file of their own, which n8n loads at its start. */
export interface Operation {
	/** The `json` of each item that comes of one. */
	execute(context: OperationContext, index: number): Promise<IDataObject[]>;
}

/** Shows a field for an operation, and for one choice of another of its fields. */
export const shownFor = (operation: string, choice: Record<string, string[]> = {}) => ({
	show: { operation: [operation], ...choice },
});

/** What long work needs of an execution. */
export const stopping = ({ signal }: OperationContext) => (signal ? { signal } : {});
