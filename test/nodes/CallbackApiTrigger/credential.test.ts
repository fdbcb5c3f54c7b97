import type { IDataObject } from 'n8n-workflow';
import { testCallbackTokens } from '../../../nodes/CallbackApiTrigger/tokens';

const result = async (...token: IDataObject[]) =>
	await testCallbackTokens.call({} as never, { data: { holders: { token } } } as never);
const good = { name: 'partner', token: 'long-enough-token', access: 'all' };

test('tokens that can be used are fine, bound by name or by ID', async () => {
	const properties = `Shop, PR${'a'.repeat(32)}`;
	const bound = { name: 'shop', token: 'another-long-token', access: 'some', properties };
	expect(await result(good, bound)).toEqual({ status: 'OK', message: '2 tokens' });
});

test.each<[string, IDataObject[], RegExp]>([
	['there is none', [], /add one/],
	['one is too short', [{ ...good, token: 'short' }], /"partner" is too short/],
	['one has no name and is too short', [{ token: '' }], /"token 1"/],
	['two are the same', [good, { ...good, name: 'again' }], /"again" is the same/],
	['one is bound to nothing', [{ ...good, access: 'some', properties: ' ' }], /no property/],
])('it is an error that %s', async (_name, tokens, message) => {
	const { status, message: text } = await result(...tokens);
	expect(status).toBe('Error');
	expect(text).toMatch(message);
	expect(text).not.toContain('long-enough-token');
});
