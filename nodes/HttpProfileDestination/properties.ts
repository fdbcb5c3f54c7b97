import type { INodeProperties } from 'n8n-workflow';
import { backfillProperties } from './backfillProperties';
import { destinationProperties } from './destinationProperties';
import { mappingProperties } from './mappingProperties';
import { operation, shownFor } from './operations';
import { payloadProperties } from './payloadProperties';
import { sendingProperties } from './sendingProperties';

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
