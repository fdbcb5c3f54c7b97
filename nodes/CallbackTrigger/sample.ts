import { randomBytes } from 'node:crypto';
import { makeAuditEvent } from '../../lib/callbacks/auditEvent';
import type { ReceivedEvent } from '../../lib/callbacks/intake';
import { newResourceId } from '../../lib/callbacks/jsonApi';
import type { TriggerSettings } from './settings';

/** An event as the trigger would receive it, to build a workflow with. */
export function sampleEvent({ propertyId, subscriptions }: TriggerSettings): ReceivedEvent {
	const type = subscriptions.find((one) => !one.endsWith('*')) ?? 'rule.created';
	const now = Date.now();
	const event = makeAuditEvent(
		{
			type_of: type,
			entity: {
				id: newResourceId('RL', randomBytes),
				name: 'Sample',
				created_at: new Date(now).toISOString(),
			},
			property: propertyId,
			property_name: 'Sample Property',
			attributed_to_display_name: 'John Smith',
			attributed_to_email: 'jsmith@example.com',
		},
		{ baseUrl: 'https://reactor.adobe.io', id: newResourceId('AE', randomBytes), now },
	);
	return { event, receivedAt: new Date(now).toISOString(), checked: 'none' };
}
