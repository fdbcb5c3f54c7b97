import type { DashboardFigures, EndpointFigures, QueueFigures } from './figures';
import { ago, due, duration, number, percent } from './format';
import { html, type Html } from './html';
import { successOf } from './overview';
import { linkTo } from './query';

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
	const rows = byHealth(endpoints).map((one) => {
		const { kind, text } = HEALTH[healthOf(one)];
		const success = successOf(one);
		return html`<tr>
			<td data-label="Endpoint">
				<a href="${linkTo(query, { endpoint: one.endpoint })}">${one.endpoint}</a>
			</td>
			<td data-label="Health">
				<span
					><span class="badge ${kind}">${text}</span>${one.pausedUntil !== undefined &&
					html` <small>for ${duration(one.pausedUntil - now)}</small>`}${one.reason !== undefined &&
					html` <small>${one.reason}</small>`}</span
				>
			</td>
			<td data-label="Success" class="n">${success === undefined ? '–' : percent(success)}</td>
			<td data-label="Delivered" class="n">${number(one.delivered)}</td>
			<td data-label="Dead" class="n">${number(one.dead)}</td>
			<td data-label="Waiting now" class="n">${number(one.waitingNow)}</td>
			<td data-label="p95" class="n">${one.p95 === undefined ? '–' : duration(one.p95)}</td>
		</tr>`;
	});
	return html`<section>
		<h2>Endpoints</h2>
		<table class="stack">
			<thead>
				<tr>
					<th scope="col">Endpoint</th>
					<th scope="col">Health</th>
					<th scope="col" class="n">Success</th>
					<th scope="col" class="n">Delivered</th>
					<th scope="col" class="n">Dead</th>
					<th scope="col" class="n">Waiting now</th>
					<th scope="col" class="n">p95</th>
				</tr>
			</thead>
			<tbody>
				${rows}
			</tbody>
		</table>
		${moreEndpoints > 0 &&
		html`<p class="soft">
			${number(moreEndpoints)} more. Narrow them with the filter Endpoint, such as *.example.com*.
		</p>`}
	</section>`;
}

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
	const rows = queues.map(
		(one) =>
			html`<tr>
				<td data-label="Queue">
					<a href="${linkTo(query, { queue: one.queue })}">${one.queue}</a>
				</td>
				<td data-label="State">
					<span
						>${one.pausedUntil === undefined
							? SERVICE[one.service]
							: html`<span class="badge bad">‖ Paused</span>
									<small>for ${duration(one.pausedUntil - now)}</small>`}${one.reason !==
							undefined && html` <small>${one.reason}</small>`}</span
					>
				</td>
				<td data-label="Waiting now" class="n">${number(one.waitingNow)}</td>
				<td data-label="Under way" class="n">${number(one.underWay)}</td>
				<td data-label="Next due" class="n">
					${one.nextDueAt === undefined ? '–' : due(one.nextDueAt, now)}
				</td>
				<td data-label="Oldest" class="n">
					${one.oldestAt === undefined ? '–' : ago(one.oldestAt, now)}
				</td>
			</tr>`,
	);
	return html`<section>
		<h2>Queues</h2>
		<table class="stack">
			<thead>
				<tr>
					<th scope="col">Queue</th>
					<th scope="col">State</th>
					<th scope="col" class="n">Waiting now</th>
					<th scope="col" class="n">Under way</th>
					<th scope="col" class="n">Next due</th>
					<th scope="col" class="n">Oldest</th>
				</tr>
			</thead>
			<tbody>
				${rows}
			</tbody>
		</table>
	</section>`;
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
	const rows = work.map(
		(one) =>
			html`<tr>
				<td data-label="Work">${one.what}</td>
				<td data-label="State">
					<span class="badge ${WORK[one.status] ?? ''}">${one.status}</span>
				</td>
				<td data-label="How far">
					<span
						><progress
							max="100"
							value="${Math.round(one.share * 100)}"
							aria-label="${one.what}"
						></progress>
						<small>${percent(one.share)} – ${one.told}</small></span
					>
				</td>
				<td data-label="Last heard of" class="n">${ago(one.updatedAt, now)}</td>
			</tr>`,
	);
	return html`<section>
		<h2>Long work</h2>
		<table class="stack">
			<thead>
				<tr>
					<th scope="col">Work</th>
					<th scope="col">State</th>
					<th scope="col">How far</th>
					<th scope="col" class="n">Last heard of</th>
				</tr>
			</thead>
			<tbody>
				${rows}
			</tbody>
		</table>
	</section>`;
}
