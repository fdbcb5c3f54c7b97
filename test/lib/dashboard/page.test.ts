import fc from 'fast-check';
import { dashboardPage, readQuery } from '../../../lib/dashboard';
import type { QueueFigures } from '../../../lib/dashboard/figures';
import { html } from '../../../lib/dashboard/html';
import { byHealth, healthOf } from '../../../lib/dashboard/tables';
import { emptyFigures, fullFigures, NO_COUNTS, NOW, shownDelivery } from './support';

/** Tags of a page, without what stands between them. */
const tagsOf = (page: string) => page.match(/<[^>]*>/g) ?? [];

/** A page without the space that means nothing. */
const compact = (page: string) => page.replace(/\s+/g, ' ').replace(/(?<=>) | (?=<)/g, '');

const HOSTILE = [
	'<script>alert(1)</script>',
	'"><img src=x onerror=alert(1)>',
	"' onfocus='alert(1)' autofocus '",
	'</style><script>alert(1)</script>',
	'</textarea></pre></details><form action="https://evil.example">',
	'javascript:alert(1)',
	'&lt;script&gt;',
	'`${alert(1)}`',
	'{{ $json.secret }}',
	'\u202Egnp.exe',
	'\u0000\uD800',
];

describe('what is put into HTML', () => {
	it('is text, whatever stands in it', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), (text) => {
				const { text: page } = html`<p title="${text}">${text}</p>`;
				expect(tagsOf(page)).toHaveLength(2);
				expect(page.match(/"/g)).toHaveLength(2);
				expect(page).not.toMatch(/['`]|(?![\t\n\r])\p{Cc}/u);
				expect(page).not.toMatch(/\p{Surrogate}/u);
			}),
		);
	});

	it('is taken as HTML only where it was made as such', () => {
		const page = html`<b>${html`<i>${'<u>'}</i>`}${[html`<hr />`, '&']}${false}${undefined}</b>`;
		expect(compact(page.text)).toBe('<b><i>&lt;u&gt;</i><hr />&amp;</b>');
	});
});

describe('the page', () => {
	it.each(HOSTILE)('reads %j as text, wherever it stands', (text) => {
		const hostile = (value: unknown): unknown =>
			typeof value === 'string'
				? text
				: Array.isArray(value)
					? value.map(hostile)
					: typeof value === 'object' && value !== null
						? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hostile(one)]))
						: value;
		const figures = fullFigures({
			query: { ...readQuery({}), queue: 'q', endpoint: 'e', name: 'n' },
		});
		const { query, timeZone, list, dueNext, queues, ...rest } = figures;
		const states = <T extends { state: unknown }>(all: T[]) =>
			all.map((one) => ({ ...(hostile(one) as T), state: one.state }));
		const page = dashboardPage({
			...(hostile(rest) as typeof figures),
			query: { ...query, queue: text, endpoint: text, name: text, reason: text },
			timeZone,
			list: states(list),
			dueNext: states(dueNext),
			queues: queues.map((one) => ({ ...(hostile(one) as typeof one), service: one.service })),
			notice: { kind: 'refused', text },
		});
		const plain = dashboardPage({
			...figures,
			query: { ...query, queue: 'q', endpoint: 'e', name: 'n', reason: 'r' },
			notice: { kind: 'refused', text: 'x' },
		});
		// Tags and attributes are the same as with harmless texts.
		const shape = (one: string) => tagsOf(one).map((tag) => tag.replace(/"[^"]*"/g, '""'));
		expect(shape(page)).toEqual(shape(plain));
		for (const [, target] of page.matchAll(/(?:href|action)="([^"]*)"/g)) {
			expect(target).toMatch(/^[?#]/);
		}
	});

	it('needs nothing from elsewhere, and lets nothing run', () => {
		const page = dashboardPage(fullFigures());
		expect(page).toContain('default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;');
		expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\bsrc=/);
		const outside = page.match(/(?:href|action)="(?![?#])[^"]*"/g);
		expect(outside).toBeNull();
	});

	it('of an empty store says what is missing, and shows no number that there is not', () => {
		const page = compact(dashboardPage(emptyFigures()));
		expect(page).toContain('Nothing was stored in the last 24 hours.');
		expect(page).toContain('No dead letters in the last 24 hours.');
		expect(page).toContain('Nothing is queued.');
		expect(page).not.toMatch(/NaN|undefined|Infinity|null/);
	});

	it('says of each queue whether it is served, or for how long it is paused and why', () => {
		const queue = { waitingNow: 1, underWay: 0 };
		const queues: QueueFigures[] = [
			{ ...queue, queue: 'served', service: 'served' },
			{ ...queue, queue: 'starting', service: 'unknown' },
			{ ...queue, queue: 'alone', service: 'unserved' },
			{
				...queue,
				queue: 'paused',
				service: 'served',
				pausedUntil: NOW + 240_000,
				reason: 'the credential is refused',
			},
		];
		const page = compact(dashboardPage(emptyFigures({ queues })));
		const states = [...page.matchAll(/<td data-label="State"[^>]*>(.*?)<\/td>/g)].map(([, state]) =>
			state.replace(/<[^>]*>/g, '|').replace(/\|+/g, '|'),
		);
		expect(states).toEqual([
			'|✓ Served|',
			'|Starting|',
			'|✗ No Delivery Queue Trigger|',
			'|‖ Paused|for 4 min|the credential is refused|',
		]);
	});

	it.each(['1h', '24h', '7d', '30d'] as const)(
		'draws %s with a bar for each part of it',
		(period) => {
			const page = dashboardPage(fullFigures({ query: readQuery({ period }) }));
			expect(page).not.toMatch(/NaN|undefined|Infinity/);
			const count = { '1h': 12, '24h': 24, '7d': 28, '30d': 30 }[period];
			expect(page.match(/class="hit"/g)).toHaveLength(count);
		},
	);

	it('has a label for each field and each picture, and a name for each button', () => {
		const page = dashboardPage(fullFigures());
		for (const svg of page.match(/<svg[^>]*>/g) ?? []) {
			expect(svg).toMatch(/aria-label="[^"]{10,}"|aria-hidden="true"/);
		}
		for (const field of page.match(/<input(?![^>]*type="hidden")[^>]*>/g) ?? []) {
			const before = page.slice(0, page.indexOf(field));
			expect(before).toMatch(/<label\b(?:(?!<\/label>)[^])*$/);
		}
		expect(page).toMatch(/aria-label="Replay Order placed msg_/);
		expect(page).toContain('<html lang="en">');
	});

	it('lets each button do one thing to one delivery, with its own token', () => {
		const list = [shownDelivery({ id: 'msg_1', replay: 't1' })];
		expect(compact(dashboardPage(emptyFigures({ list })))).toContain(
			'<form method="post" action="?"><input type="hidden" name="action" value="replay" /><input type="hidden" name="id" value="msg_1" /><input type="hidden" name="token" value="t1" />',
		);
	});

	it('has no button where nothing may be done', () => {
		const page = dashboardPage(emptyFigures({ list: [shownDelivery({ replay: undefined })] }));
		expect(page).not.toContain('method="post"');
	});

	it('turns over, keeping its filters', () => {
		const query = readQuery({ state: 'delivered', name: 'a&b', after: '9' });
		const page = compact(dashboardPage(fullFigures({ query, next: 4 })));
		expect(page).toContain('href="?state=delivered&amp;name=a%26b&amp;after=4#list"');
		expect(page).toContain('href="?state=delivered&amp;name=a%26b#list">« Newest');
	});

	it('says where the figures end', () => {
		const page = compact(dashboardPage(fullFigures({ countedSince: NOW - 3_600_000 })));
		expect(page).toContain('the figures count what was stored since 22 Nov 2026, 09:30:12');
	});

	it('loads itself anew only when asked to', () => {
		expect(dashboardPage(emptyFigures())).not.toContain('http-equiv="refresh"');
		const live = emptyFigures({ query: readQuery({ live: '1' }) });
		expect(dashboardPage(live)).toContain('http-equiv="refresh" content="30"');
	});
});

describe('the health of an endpoint', () => {
	const of = (overrides: object) => ({ ...NO_COUNTS, endpoint: 'e', waitingNow: 0, ...overrides });

	it.each([
		[{ pausedUntil: 1, delivered: 9 }, 'paused'],
		[{ delivered: 49, dead: 51 }, 'failing'],
		[{ delivered: 94, dead: 6 }, 'troubled'],
		[{ delivered: 95, dead: 5, isOnProbation: true }, 'recovering'],
		[{ delivered: 95, dead: 5 }, 'healthy'],
		[{ waiting: 3 }, 'unknown'],
	] as const)('%j is %s', (figures, health) => {
		expect(healthOf(of(figures))).toBe(health);
	});

	it('puts the worst first, then those with most', () => {
		const all = [
			of({ endpoint: 'well', delivered: 1, stored: 1 }),
			of({ endpoint: 'much', delivered: 9, stored: 9 }),
			of({ endpoint: 'bad', dead: 1, stored: 1 }),
		];
		expect(byHealth(all).map(({ endpoint }) => endpoint)).toEqual(['bad', 'much', 'well']);
	});
});
