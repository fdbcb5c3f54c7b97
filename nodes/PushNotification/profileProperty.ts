import type { INodeProperties } from 'n8n-workflow';
import { shownFor } from './operations';

/** Whose devices, consent or data it is about; the same for several operations. */
export const profileProperties: INodeProperties[] = shownFor(
	['registerToken', 'removeProfile', 'setConsent'],
	[
		{
			displayName: 'Profile Key',
			name: 'profile',
			type: 'string',
			default: '',
			placeholder: '={{ $json.customerId }}',
			description:
				'What Send finds devices by. May be empty when a token is registered: then it is that of other devices of the same identity, else the identity itself.',
		},
	],
);
