import type { INodeProperties } from 'n8n-workflow';

/** The field that names one delivery. */
export const idField = (
	name: string,
	displayOptions: INodeProperties['displayOptions'],
): INodeProperties => ({
	displayName: 'Delivery ID',
	name,
	type: 'string',
	default: '',
	required: true,
	placeholder: 'msg_0198c1f0a1b27d3e8f4051627384950a',
	displayOptions,
	description: 'Of the delivery in an item; receivers see it in the headers of every request',
});
