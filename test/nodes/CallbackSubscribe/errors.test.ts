import { AuditEventError } from '../../../lib/callbacks/auditEvent';
import { ReactorError, type ReactorErrorKind } from '../../../lib/callbacks/reactor/errors';
import { asNodeError } from '../../../nodes/CallbackSubscribe/errors';
import { testNode } from '../harness/contexts';

const node = testNode({ name: 'Callback Subscribe' });

test.each<[ReactorErrorKind, RegExp]>([
	['invalid', /^Change the field that is named/],
	['refused', /^Change what is sent/],
	['unauthorized', /^Open the credential and save it/],
	['notFound', /^Choose it again from the list/],
	['unavailable', /^Run the workflow again later/],
	['unreadable', /^Check the Base URL of the credential/],
])('an error of the API of the kind "%s" says how to mend it', (kind, mend) => {
	const error = asNodeError(node, new ReactorError('No', { kind }), 2);
	expect(error).toMatchObject({ message: 'No', context: { itemIndex: 2 } });
	expect(error.description).toMatch(mend);
});

test('an event that is none says what would be one', () => {
	const error = asNodeError(node, new AuditEventError('/type_of', 'is missing'));
	expect(error.message).toBe('The event cannot be used: /type_of is missing');
	expect(error.description).toContain('an object with type_of and entity');
});
