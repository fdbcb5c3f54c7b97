import type { Operation } from '../operation';
import { create } from './create.operation';
import { remove } from './delete.operation';
import { get } from './get.operation';
import { getMany } from './getMany.operation';
import { listAuditEvents } from './listAuditEvents.operation';
import { matchEvent } from './matchEvent.operation';
import { update } from './update.operation';

/** The operations by the values of the field "Operation". */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
	create,
	delete: remove,
	get,
	getMany,
	listAuditEvents,
	matchEvent,
	update,
};
