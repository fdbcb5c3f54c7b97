import type { INodeProperties } from 'n8n-workflow';

export const bodiesOption: INodeProperties = {
	displayName: 'Include Bodies',
	name: 'bodies',
	type: 'boolean',
	default: false,
	description:
		'Whether to give the body of the request and the beginning of the answer too. They may hold personal data, which n8n then stores with the execution.',
};
