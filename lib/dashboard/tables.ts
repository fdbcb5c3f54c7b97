import type { DashboardFigures, EndpointFigures, QueueFigures, WorkFigures } from './figures';
import { ago, due, duration, number, percent } from './format';
import { html, type Html } from './html';
import { successOf } from './overview';
import { linkTo } from './query';
import { table, type Column } from './table';

/** How an endpoint is, the worst first. */
const HEALTH = {
	paused: { kind: 'bad', text: '‖ Paused' },
	failing: { kind: 'bad', text: '✗ Failing' },
	troubled: { kind: 'warn', text: '△ Troubled' },
	recovering: { kind: 'warn', text: '↻ Recovering' },
	healthy: { kind: 'good', text: '✓ Healthy' },
	unknown: { kind: '', text: 'No answer yet' },
} as const;
export type Health = keyof typeof HEALTH;

/** Below this part delivered an endpoint fails; below {@link TROUBLED} it has trouble. */
const FAILING = 0.5;
const TROUBLED = 0.95;

export function healthOf(endpoint: EndpointFigures): Health {
	const success = successOf(endpoint);
	if (endpoint.pausedUntil !== undefined) return 'paused';
	if (success !== undefined && success < FAILING) return 'failing';
	if (success !== undefined && success < TROUBLED) return 'troubled';
	if (endpoint.isOnProbation) return 'recovering';
	return success === undefined ? 'unknown' : 'healthy';
}

const ORDER = Object.keys(HEALTH) as Health[];

/** The worst first, then those with most. */
export function byHealth(endpoints: readonly EndpointFigures[]): EndpointFigures[] {
	return [...endpoints].sort(
		(a, b) =>
			ORDER.indexOf(healthOf(a)) - ORDER.indexOf(healthOf(b)) ||
			b.stored - a.stored ||
			(a.endpoint < b.endpoint ? -1 : 1),
	);
}

export function endpointsTable(figures: DashboardFigures): Html {
	const { endpoints, moreEndpoints, query, now } = figures;
	if (endpoints.length === 0) {
		return html`<section>
			<h2>Endpoints</h2>
			<p class="none small">No endpoint was sent to.</p>
		</section>`;
	}
	const columns: Column<EndpointFigures>[] = [
		{
			title: 'Endpoint',
			cell: ({ endpoint }) => html`<a href="${linkTo(query, { endpoint })}">${endpoint}</a>`,
		},
		{ title: 'Health', cell: (one) => health(one, now) },
		{ title: 'Success', isNumber: true, cell: (one) => orDash(successOf(one), percent) },
		{ title: 'Delivered', isNumber: true, cell: ({ delivered }) => number(delivered) },
		{ title: 'Dead', isNumber: true, cell: ({ dead }) => number(dead) },
		{ title: 'Waiting now', isNumber: true, cell: ({ waitingNow }) => number(waitingNow) },
		{ title: 'p95', isNumber: true, cell: ({ p95 }) => orDash(p95, duration) },
	];
	return html`<section>
		<h2>Endpoints</h2>
		${table(byHealth(endpoints), columns)}
		${moreEndpoints > 0 &&
		html`<p class="soft">
			${number(moreEndpoints)} more. Narrow them with the filter Endpoint, such as *.example.com*.
		</p>`}
	</section>`;
}

function health(endpoint: EndpointFigures, now: number): Html {
	const { kind, text } = HEALTH[healthOf(endpoint)];
	return html`<span><span class="badge ${kind}">${text}</span>${pause(endpoint, now)}</span>`;
}

/** For how long something rests, and why. */
function pause({ pausedUntil, reason }: { pausedUntil?: number; reason?: string }, now: number) {
	return html`${pausedUntil !== undefined &&
	html` <small>for ${duration(pausedUntil - now)}</small>`}${reason !== undefined &&
	html` <small>${reason}</small>`}`;
}

const orDash = (value: number | undefined, told: (value: number) => string) =>
	value === undefined ? '–' : told(value);

const SERVICE: Record<QueueFigures['service'], Html> = {
	served: html`<span class="badge good">✓ Served</span>`,
	unknown: html`<span class="badge">Starting</span>`,
	unserved: html`<span class="badge bad">✗ No Delivery Queue Trigger</span>`,
};

export function queuesTable({ queues, query, now }: DashboardFigures): Html {
	if (queues.length === 0) {
		return html`<section>
			<h2>Queues</h2>
			<p class="none small">No queue is known yet. A sender in a published workflow makes one.</p>
		</section>`;
	}
	const columns: Column<QueueFigures>[] = [
		{
			title: 'Queue',
			cell: ({ queue }) => html`<a href="${linkTo(query, { queue })}">${queue}</a>`,
		},
		{ title: 'State', cell: (one) => state(one, now) },
		{ title: 'Waiting now', isNumber: true, cell: ({ waitingNow }) => number(waitingNow) },
		{ title: 'Under way', isNumber: true, cell: ({ underWay }) => number(underWay) },
		{
			title: 'Next due',
			isNumber: true,
			cell: ({ nextDueAt }) => orDash(nextDueAt, (at) => due(at, now)),
		},
		{
			title: 'Oldest',
			isNumber: true,
			cell: ({ oldestAt }) => orDash(oldestAt, (at) => ago(at, now)),
		},
	];
	return html`<section>
		<h2>Queues</h2>
		${table(queues, columns)}
	</section>`;
}

function state(queue: QueueFigures, now: number): Html {
	const badge =
		queue.pausedUntil === undefined
			? SERVICE[queue.service]
			: html`<span class="badge bad">‖ Paused</span>`;
	return html`<span>${badge}${pause(queue, now)}</span>`;
}

const WORK: Record<string, string> = {
	running: '',
	done: 'good',
	stopped: 'warn',
	cancelled: 'warn',
	failed: 'bad',
	lost: 'bad',
};

/** Backfills, replays and purges, with how far they are; nothing when there are none. */
export function workTable({ work, now }: DashboardFigures): Html | undefined {
	if (work.length === 0) return undefined;
	const columns: Column<WorkFigures>[] = [
		{ title: 'Work', cell: ({ what }) => what },
		{
			title: 'State',
			cell: ({ status }) => html`<span class="badge ${WORK[status] ?? ''}">${status}</span>`,
		},
		{ title: 'How far', cell: howFar },
		{ title: 'Last heard of', isNumber: true, cell: ({ updatedAt }) => ago(updatedAt, now) },
	];
	return html`<section>
		<h2>Long work</h2>
		${table(work, columns)}
	</section>`;
}

function howFar({ what, share, told }: WorkFigures): Html {
	return html`<span
		><progress max="100" value="${Math.round(share * 100)}" aria-label="${what}"></progress>
		<small>${percent(share)} – ${told}</small></span
	>`;
}
