import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
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

/** One operation: its fields, and what it gives for an item. */
export interface Operation {
	description: INodeProperties[];
	/** The `json` of each item that comes of one. */
	execute(context: OperationContext, index: number): Promise<IDataObject[]>;
}

/** Shows a field for an operation. */
export const shownFor = (...operation: string[]) => ({ show: { operation } });
