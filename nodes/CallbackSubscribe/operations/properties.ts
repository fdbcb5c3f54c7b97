import type { INodeProperties } from 'n8n-workflow';
import { description as create } from './create.properties';
import { description as getMany } from './getMany.properties';
import { description as listAuditEvents } from './listAuditEvents.properties';
import { description as matchEvent } from './matchEvent.properties';
import { description as update } from './update.properties';
import { listFields, locatorFields } from './fieldProperties';

/** The fields of all operations. */
export const operationFields: INodeProperties[] = [
	...locatorFields,
	...create,
	...getMany,
	...listAuditEvents,
	...matchEvent,
	...update,
	...listFields,
];
