import { hideHeader, hideUrl, showBody } from '../../../lib/dashboard';

const hidden = '•••';

it('a body shows what it is made of, and nobody', () => {
	const body = JSON.stringify({
		user: { email: 'ann@example.com', age: 44, vip: true, note: null },
		items: ['shoe', 'hat'],
	});
	expect(JSON.parse(showBody(body, false))).toEqual({
		user: { email: hidden, age: hidden, vip: true, note: null },
		items: [hidden, hidden],
	});
	expect(showBody('user=ann&zip=&token=t', false)).toBe(`user=${hidden}\n&zip=\n&token=***`);
	expect(showBody('Dear Ann,\nyour order', false)).toBe('20 bytes');
	expect(showBody(JSON.stringify({ 'ann@example.com': 1 }), false)).not.toContain('ann');
});

it('asked for, it shows all but what is named like a secret', () => {
	const body = {
		email: 'ann@example.com',
		api_key: 'k-1',
		auth: { inner: 'k-2' },
		tokens: ['k-3'],
	};
	const shown = showBody(JSON.stringify(body), true);
	expect(shown).toContain('ann@example.com');
	expect(shown).not.toMatch(/k-\d/);
	expect(showBody('a=b%20c&client_secret=k-1', true)).toBe('a=b%20c\n&client_secret=***');
	expect(showBody('Dear Ann', true)).toBe('Dear Ann');
});

it('long, deep and broken bodies are cut, and never fail', () => {
	expect(showBody('x'.repeat(1_000_000), true)).toHaveLength(4_001);
	expect(showBody(`${'['.repeat(5_000)}${']'.repeat(5_000)}`, true).length).toBeLessThan(4_002);
	expect(showBody(JSON.stringify(Array(1_000).fill('ann')), true)).toContain('… 980 more');
	expect(showBody('{"email":"ann@example', false)).toBe('21 bytes');
	expect(showBody('%E0%A4%A=1', false)).toBe(`%E0%A4%A=${hidden}`);
});

it.each([
	[
		'https://a.example/v1/orders?user=ann&key=***&x=',
		`https://a.example/v1/orders?user=${hidden}&key=***&x=`,
	],
	['https://a.example:8443/users/4711/mail', `https://a.example:8443/users/${hidden}/mail`],
	['https://a.example/u/ann@example.com#top', `https://a.example/u/${hidden}#${hidden}`],
	['https://a.example/?ann', `https://a.example/?${hidden}`],
	['https://a.example/hooks/T0aB9xQ2mK4nP7rS8tU1vW3y', `https://a.example/hooks/${hidden}`],
	['not a url', 'not a url'],
])('%s is shown as %s', (url, shown) => {
	expect(hideUrl(url)).toBe(shown);
});

it('of headers only harmless ones are shown', () => {
	expect(hideHeader('Content-Type', 'application/json')).toBe('application/json');
	expect(hideHeader('X-Customer', 'ann')).toBe(hidden);
	expect(hideHeader('X-Api-Key', '***')).toBe('***');
});
