import { createHash, randomBytes } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';
import {
	isAuditEventDocument,
	makeAuditEvent,
	readAuditEvent,
	type BareAuditEvent,
	type ReadAuditEvent,
} from '../../../lib/callbacks/auditEvent';
import { isObject, newResourceId } from '../../../lib/callbacks/jsonApi';
import { checkedId } from '../../../lib/callbacks/reactor/ids';
import { eventIn } from '../../shared/auditEventItems';
import type { OperationContext } from '../operation';
import { locatorValue } from './fields';

/**
 * The event of an item, whole: a bare one is wrapped into the documented shape.
 * @throws AuditEventError that says where it is wrong
 */
export async function eventOf(context: OperationContext, index: number): Promise<ReadAuditEvent> {
	const given = context.node.getNodeParameter('eventFrom', index, 'item');
	const value = given === 'fields' ? bareFromFields(context, index) : itemEvent(context, index);
	if (isAuditEventDocument(value.event)) return readAuditEvent(value.event);
	const bare = withProperty(context, value.event as BareAuditEvent, index);
	return readAuditEvent(
		makeAuditEvent(bare, {
			baseUrl: await context.source.baseUrl(),
			id: value.key === '' ? newResourceId('AE', randomBytes) : idFor(context, value.key),
			now: Date.now(),
		}),
	);
}

interface GivenEvent {
	event: unknown;
	/** Empty: none. */
	key: string;
}

function itemEvent({ node }: OperationContext, index: number): GivenEvent {
	const event = eventIn(node.getInputData()[index].json);
	// Anything else is refused by who reads it, with the place.
	return { event: isObject(event) ? event : {}, key: '' };
}

function bareFromFields({ node }: OperationContext, index: number): GivenEvent {
	const details = node.getNodeParameter('eventDetails', index, {}) as IDataObject;
	const { eventKey, ...named } = details;
	const filled = Object.entries(named).filter(([, value]) => value !== '');
	return {
		event: {
			...Object.fromEntries(filled),
			type_of: String(node.getNodeParameter('eventType', index, '')).trim(),
			entity: node.getNodeParameter('entity', index, {}),
		},
		key: String(eventKey ?? '').trim(),
	};
}

/** The node's property is for events that do not name theirs. */
function withProperty(
	{ node }: OperationContext,
	bare: BareAuditEvent,
	index: number,
): BareAuditEvent {
	if (bare.property !== undefined && bare.property !== '') return bare;
	const own = locatorValue(node, 'propertyId', index);
	return own === '' ? bare : { ...bare, property: checkedId('PR', own) };
}

/** The same key of the same node gives the same id. */
function idFor({ node }: OperationContext, key: string): string {
	const named = `${node.getWorkflow().id ?? ''}/${node.getNode().id}/${key}`;
	return `AE${createHash('sha256').update(named).digest('hex').slice(0, 32)}`;
}
