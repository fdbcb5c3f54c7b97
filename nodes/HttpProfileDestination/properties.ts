import type { INodeCredentialDescription, INodeProperties } from 'n8n-workflow';
import { senderCredentials } from '../shared/authenticationProperties';
import { backfillProperties } from './backfillProperties';
import { destinationProperties } from './destinationProperties';
import { mappingProperties } from './mappingProperties';
import { operation, shownFor } from './operations';
import { payloadProperties } from './payloadProperties';
import { sendingProperties } from './sendingProperties';

export const credentials: INodeCredentialDescription[] = [
	...senderCredentials.map((credential) => ({
		...credential,
		displayOptions: { show: { operation: ['export'], ...credential.displayOptions?.show } },
	})),
	{ name: 'deliveryStoreApi', required: false, testedBy: 'testDeliveryStore' },
];

export const properties: INodeProperties[] = [
	operation,
	...shownFor('export', [
		...destinationProperties,
		...mappingProperties,
		...payloadProperties,
		...sendingProperties,
	]),
	...shownFor('backfill', backfillProperties),
];
