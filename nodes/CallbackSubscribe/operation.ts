import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { CallbackSource } from './sources';
import type { SourceChoice } from './openSource';

/** What an operation works with. */
export interface OperationContext {
	node: IExecuteFunctions;
	source: CallbackSource;
	choice: SourceChoice;
	/** The field "Options". */
	options: IDataObject;
	/** Told once for an execution, however many items it concerns. */
	hint: (message: string) => void;
}

/** One operation: what it gives for an item. Its fields stand in a file of their own, which n8n loads at its start. */
export interface Operation {
	/** The `json` of each item that comes of one. */
	execute(context: OperationContext, index: number): Promise<IDataObject[]>;
}

/** Shows a field for an operation. */
export const shownFor = (...operation: string[]) => ({ show: { operation } });
