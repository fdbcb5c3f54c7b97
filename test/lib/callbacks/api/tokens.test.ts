import { createHash } from 'node:crypto';
import { TokenGuard, type ApiToken } from '../../../../lib/callbacks/api/tokens';
import { OTHER_PROPERTY, PROPERTY } from '../support';

const TOKEN = 'abcdefghijklmnop';
const token = (more: Partial<ApiToken> = {}): ApiToken => ({
	name: 'partner',
	token: TOKEN,
	properties: 'all',
	...more,
});

describe('a token', () => {
	it('of several is found, with what it is bound to', () => {
		const guard = new TokenGuard([
			token(),
			token({ name: 'bound', token: 'another-long-token', properties: [PROPERTY] }),
		]);
		expect(guard.find(`Bearer ${TOKEN}`)).toEqual({ name: 'partner' });
		const bound = guard.find('bearer  another-long-token');
		expect(bound?.name).toBe('bound');
		expect(bound?.properties?.has(PROPERTY)).toBe(true);
		expect(bound?.properties?.has(OTHER_PROPERTY)).toBe(false);
	});

	it('may be given as its digest', () => {
		const digest = createHash('sha256').update(TOKEN).digest('hex');
		const guard = new TokenGuard([token({ token: `sha256:${digest}` })]);
		expect(guard.find(`Bearer ${TOKEN}`)).toEqual({ name: 'partner' });
		expect(guard.find(`Bearer sha256:${digest}`)).toBeUndefined();
	});

	it('is not kept as it is', () => {
		expect(JSON.stringify(new TokenGuard([token()]))).not.toContain(TOKEN);
	});

	it.each([
		undefined,
		'',
		'Bearer',
		'Bearer ',
		TOKEN,
		`Basic ${TOKEN}`,
		`Bearer ${TOKEN}x`,
		`Bearer ${TOKEN.slice(1)}`,
		`Bearer ${TOKEN.toUpperCase()}`,
		`Bearer ${TOKEN} ${TOKEN}`,
	])('is none of ours: %s', (authorization) => {
		expect(new TokenGuard([token()]).find(authorization)).toBeUndefined();
	});

	it('is none where there are none', () => {
		expect(new TokenGuard([]).find('Bearer ')).toBeUndefined();
	});

	it.each<[string, ApiToken[], RegExp]>([
		['is short', [token({ token: 'short' })], /"partner" is too short: it needs 16/],
		['is empty', [token({ token: '' })], /too short/],
		['holds a space', [token({ token: 'abcdefgh ijklmnopq' })], /holds spaces/],
		['is there twice', [token(), token({ name: 'again' })], /"again" is the same/],
		['is bound to nothing', [token({ properties: [] })], /bound to no property/],
		['is bound to what is no property', [token({ properties: ['CB1'] })], /"CB1"/],
	])('is refused that %s, by its name alone', (_name, tokens, message) => {
		expect(() => new TokenGuard(tokens)).toThrow(message);
		expect(() => new TokenGuard(tokens)).not.toThrow(TOKEN);
	});
});
