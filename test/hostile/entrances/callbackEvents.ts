import fc from 'fast-check';
import { closeStores } from '../../nodes/harness/environment';
import { sendEvent } from '../../nodes/CallbackTrigger/support';
import { PROPERTY, type ReactorDouble } from '../../support/reactorDouble';
import {
	AuditEventError,
	makeAuditEvent,
	type BareAuditEvent,
} from '../../../lib/callbacks/auditEvent';
import { entrance, must, refusable } from '../support/entrance';
import { damagedText } from '../support/texts';
import { damaged, wireText } from '../support/values';
import { headerText } from './postbackTrigger';

const ENTITY = {
	data: { id: `RL${'1'.repeat(32)}`, type: 'rules', attributes: { name: 'A rule' } },
};
const EVENT = {
	data: {
		id: `AE${'2'.repeat(32)}`,
		type: 'audit_events',
		attributes: {
			attributed_to_display_name: 'Ann',
			attributed_to_email: 'ann@example.com',
			created_at: '2026-01-01T00:00:00.000Z',
			display_name: 'A rule',
			type_of: 'rule.created',
			updated_at: '2026-01-01T00:00:00.000Z',
			entity: JSON.stringify(ENTITY),
		},
		relationships: { property: { data: { id: PROPERTY, type: 'properties' } } },
	},
};

// Not asked: nothing here is checked with the API.
const nowhere = { origin: 'http://127.0.0.1:9' } as ReactorDouble;

export const callbackEvents = entrance({
	name: 'requests to Callback Trigger',
	inputs: fc.record({
		body: fc.oneof(
			{ weight: 4, arbitrary: damaged(EVENT).map(wireText) },
			{ weight: 1, arbitrary: damagedText(fc.constant(JSON.stringify(EVENT))) },
		),
		check: fc.constantFrom('none', 'none', 'none', 'signature'),
		header: headerText,
	}),
	take: async ({ body, check, header }) => {
		const { status, body: told } = await sendEvent({
			double: nowhere,
			nodeId: 'hostile',
			body,
			parameters: { check },
			headers: { 'webhook-id': header, 'webhook-timestamp': header, 'webhook-signature': header },
			credentials: {
				postbackSigningSecretApi: { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
			},
		});
		const wanted = check === 'none' ? [200, 400, 403, 413] : [401];
		must(wanted.includes(status), `answered ${status} ${JSON.stringify(told)}`);
	},
	open: async () => closeStores,
});

/** Events that a workflow makes of whatever it has. */
export const bareEvents = entrance({
	name: 'events for Send Event to Subscribers',
	inputs: damaged(
		{ type_of: 'rule.created', entity: ENTITY, property: PROPERTY, display_name: 'x' },
		{ type_of: 'order.paid', entity: { id: 7, total: 12 }, property: null },
	),
	take: (value) => {
		if (typeof value !== 'object' || value === null) return;
		const options = { baseUrl: 'https://n8n.example/api', id: EVENT.data.id, now: Date.now() };
		const made = refusable(() => makeAuditEvent(value as BareAuditEvent, options), AuditEventError);
		must(made === undefined || typeof made.data.attributes.entity === 'string', 'no entity');
	},
});
