import type { INodeProperties } from 'n8n-workflow';
import { profileProperty } from './profileProperty';

export const description: INodeProperties[] = [
	profileProperty('As the devices were registered under'),
	{
		displayName:
			'Erases tokens, consent and interactions of the profile, and what was sent to it. What waits to be sent is cancelled. Counts in reports stay.',
		name: 'removeNotice',
		type: 'notice',
		default: '',
	},
];
