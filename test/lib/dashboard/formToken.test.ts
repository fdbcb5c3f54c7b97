import { FORM_MS, problemOf, signForm, type FormAction } from '../../../lib/dashboard';

const KEY = 'k'.repeat(43);
const NOW = 1_795_000_000_000;
const NONCE = 'n'.repeat(22);
const form: FormAction = { scope: 'w/n', action: 'replay', target: 'msg_1' };
const token = signForm(KEY, form, NOW, NONCE);

it('a form is good as long as it says', () => {
	expect(problemOf(KEY, form, token, NOW)).toBeUndefined();
	expect(problemOf(KEY, form, token, NOW + FORM_MS)).toBeUndefined();
	expect(problemOf(KEY, form, token, NOW + FORM_MS + 1)).toBe('expired');
});

it('refused: one from the future, beyond what clocks differ by', () => {
	expect(problemOf(KEY, form, token, NOW - 59_000)).toBeUndefined();
	expect(problemOf(KEY, form, token, NOW - 61_000)).toBe('expired');
});

it('refused: no token', () => {
	expect(problemOf(KEY, form, '', NOW)).toBe('missing');
});

it.each([
	['another action', { action: 'cancel' }],
	['another delivery', { target: 'msg_2' }],
	['another page', { scope: 'w/m' }],
	['texts that run together differently', { action: 'replaymsg', target: '_1' }],
])('refused: a token for %s', (_, change) => {
	expect(problemOf(KEY, { ...form, ...change }, token, NOW)).toBe('forged');
});

it('refused: a token of another store', () => {
	expect(problemOf('x'.repeat(43), form, token, NOW)).toBe('forged');
});

it.each([
	token.slice(0, -1),
	`${token}A`,
	token.replace(/^\w/, '0'),
	token.replace('n', 'm'),
	token.toUpperCase(),
	'a.b.c',
	'..',
	`${'9'.repeat(400)}.${NONCE}.${'A'.repeat(43)}`,
	'é'.repeat(80),
])('refused: %s', (changed) => {
	expect(problemOf(KEY, form, changed, NOW)).toBe('forged');
});
