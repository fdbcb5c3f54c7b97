import { createHash, randomBytes } from 'node:crypto';
import type { IDataObject, INodeProperties } from 'n8n-workflow';
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
import { shownFor, type OperationContext } from '../operation';
import { locatorValue } from './fields';

const fromFields = { show: { operation: ['matchEvent'], eventFrom: ['fields'] } };

export const eventFields: INodeProperties[] = [
	{
		displayName: 'Event',
		name: 'eventFrom',
		type: 'options',
		options: [
			{
				name: 'From the Fields Below',
				value: 'fields',
				description: 'An event of your own: what happened, and the entity that it happened to',
			},
			{
				name: 'The Item',
				value: 'item',
				description:
					'An audit event document, such as those of Callback Trigger, or an object with type_of and entity',
			},
		],
		default: 'item',
		displayOptions: shownFor('matchEvent'),
	},
	{
		displayName: 'Event Type',
		name: 'eventType',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'rule.created',
		description: 'What happened to what, with a dot between',
		displayOptions: fromFields,
	},
	{
		displayName: 'Entity',
		name: 'entity',
		type: 'json',
		default: '={{ $json }}',
		required: true,
		description: 'What it happened to: a resource with ID, type and attributes, or any object',
		displayOptions: fromFields,
	},
	{
		displayName: 'Event Details',
		name: 'eventDetails',
		type: 'collection',
		placeholder: 'Add Detail',
		default: {},
		displayOptions: fromFields,
		options: [
			{
				displayName: 'Attributed to Email',
				name: 'attributed_to_email',
				type: 'string',
				default: '',
				placeholder: 'jsmith@example.com',
			},
			{
				displayName: 'Attributed to Name',
				name: 'attributed_to_display_name',
				type: 'string',
				default: '',
			},
			{
				displayName: 'Display Name',
				name: 'display_name',
				type: 'string',
				default: '',
				description: 'Of the entity',
			},
			{
				displayName: 'Event Key',
				name: 'eventKey',
				type: 'string',
				default: '',
				description:
					'What names this event in your system. The same key gives the same event ID, so that an event that is matched twice is delivered once.',
			},
			{
				displayName: 'Property Name',
				name: 'property_name',
				type: 'string',
				default: '',
			},
		],
	},
];

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
