import type { INodeProperties } from 'n8n-workflow';

export const description: INodeProperties[] = [
	{
		displayName:
			'Each item is an interaction event as the mobile SDK sends it, with xdm and meta: an opening, a button, a dismissal, a receipt. It leaves as the experience event, with the message and the profile that it is about. An event that comes twice counts once.',
		name: 'trackNotice',
		type: 'notice',
		default: '',
	},
];
