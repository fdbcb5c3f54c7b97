import type { INodeProperties } from 'n8n-workflow';

/**
 * The field that opens private hosts, worded alike wherever it stands.
 * @param applies to what this one applies, and where else there is one
 */
export const allowedHostsField = (applies: string): INodeProperties => ({
	displayName: 'Allowed Private Hosts',
	name: 'allowedHosts',
	type: 'string',
	default: '',
	placeholder: 'internal.example, 10.1.0.0/16, localhost:8080',
	description: `Addresses of private networks and of this machine are refused. Hosts, addresses and networks in this list are reached all the same, separated by commas. ${applies}`,
});
