import type { INodeCredentialDescription, INodeProperties } from 'n8n-workflow';

/** Where deliveries are kept; nobody has to choose. */
export const storeCredential: Pick<INodeCredentialDescription, 'displayName' | 'required'> = {
	displayName: 'Delivery Store (Optional)',
	required: false,
};

/**
 * Where the editor draws a node's credentials. Without it they come before the last field that asks for one,
 * which is above the question to which they are the answer.
 */
export const credentialsPlace: INodeProperties = {
	displayName: 'Credentials',
	name: 'credentials',
	type: 'credentials',
	default: '',
};
