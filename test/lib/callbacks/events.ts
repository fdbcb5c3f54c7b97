import {
	makeAuditEvent,
	readAuditEvent,
	type BareAuditEvent,
	type ReadAuditEvent,
} from '../../../lib/callbacks/auditEvent';
import { BASE, PROPERTY } from './support';

let events = 0;

/** An event of {@link PROPERTY}, unless said otherwise. */
export function auditEvent(bare: Partial<BareAuditEvent> = {}): ReadAuditEvent {
	return readAuditEvent(
		makeAuditEvent(
			{
				type_of: 'rule.created',
				property: PROPERTY,
				entity: { id: `RL${'1'.repeat(32)}`, name: 'My Rule', enabled: true },
				...bare,
			},
			{
				baseUrl: BASE,
				id: `AE${(++events).toString(16).padStart(32, '0')}`,
				now: Date.parse('2026-01-01T00:00:00Z'),
			},
		),
	);
}
