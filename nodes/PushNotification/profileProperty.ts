import type { INodeProperties } from 'n8n-workflow';

/** Whose devices, consent or data it is about. */
export const profileProperty = (description: string): INodeProperties => ({
	displayName: 'Profile Key',
	name: 'profile',
	type: 'string',
	default: '',
	placeholder: '{{ $json.profileKey }}',
	description,
});
