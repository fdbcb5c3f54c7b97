import type { INodeProperties } from 'n8n-workflow';

export type Operation = 'export' | 'backfill';

export const operation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	options: [
		{
			name: 'Backfill',
			value: 'backfill',
			description: 'Export everyone who qualified for an audience before it was mapped',
			action: 'Backfill an audience',
		},
		{
			name: 'Export Profiles',
			value: 'export',
			description: 'Send the profiles that have to be exported to an HTTP endpoint',
			action: 'Export profiles',
		},
	],
	default: 'export',
};

/** Fields that only one operation has. */
export const shownFor = (of: Operation, fields: readonly INodeProperties[]): INodeProperties[] =>
	fields.map((field) => ({
		...field,
		displayOptions: {
			...field.displayOptions,
			show: { operation: [of], ...field.displayOptions?.show },
		},
	}));
