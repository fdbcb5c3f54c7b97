import type { DashboardFigures } from './figures';
import { number, Times } from './format';
import { html, type Html } from './html';
import { dueList, mainList } from './lists';
import { cards, charts } from './overview';
import { linkTo, PERIODS, type DashboardQuery } from './query';
import { STYLE } from './style';
import { endpointsTable, queuesTable, workTable } from './tables';

/**
 * Nothing but the page's own style is loaded or run, whatever somebody gets into it. The page lies in n8n's
 * sandbox, which lets links and forms through.
 */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; object-src 'none'";
const LIVE_S = 30;

/** The whole page: self-contained, without a script, light or dark as the reader's system is. */
export function dashboardPage(figures: DashboardFigures): string {
	const { title, query, notice, countedSince, timeZone, now, whole } = figures;
	const times = new Times(timeZone);
	return html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta http-equiv="Content-Security-Policy" content="${POLICY}" />
				<meta name="viewport" content="width=device-width, initial-scale=1" />
				<meta name="referrer" content="no-referrer" />
				<meta name="robots" content="noindex" />
				<meta name="color-scheme" content="light dark" />
				${query.live && html`<meta http-equiv="refresh" content="${LIVE_S}" />`}
				<title>${title}</title>
				<style>
					${STYLE}
				</style>
			</head>
			<body>
				<a class="skip" href="#main">To the figures</a>
				<header>
					<h1>${title}</h1>
					<nav aria-label="Period">
						${PERIODS.map(
							(period) =>
								html`<a
									href="${linkTo(query, { period })}"
									${period === query.period && html` aria-current="page"`}
									>${period}</a
								>`,
						)}
					</nav>
					<p class="right">
						<small>${times.moment(now)}</small
						><a href="${linkTo(query, { after: query.after })}">Refresh</a
						><a href="${linkTo(query, { live: !query.live })}"
							>${query.live ? 'Stop refreshing' : `Refresh every ${LIVE_S} s`}</a
						>
					</p>
				</header>
				<main id="main">
					${notice &&
					html`<p
						class="notice ${notice.kind}"
						role="${notice.kind === 'done' ? 'status' : 'alert'}"
					>
						${notice.kind === 'done' ? '✓' : '✗'} ${notice.text}
					</p>`}
					${filters(figures)}
					${countedSince !== undefined &&
					html`<p class="notice plain">
						There is much in this period: the figures count what was stored since
						${times.moment(countedSince)}.
					</p>`}
					${cards(figures)} ${workTable(figures)} ${charts(figures)} ${endpointsTable(figures)}
					${queuesTable(figures)} ${dueList(figures)} ${mainList(figures)}
				</main>
				<footer>
					Times are in ${timeZone}. Figures count deliveries by when they were
					stored${whole.events.taken > 0 &&
					html`; beside them ${number(whole.events.taken)} events were handed to a workflow as they
					are, ${number(whole.events.waiting)} of which wait`}.
					Secrets are masked.
				</footer>
			</body>
		</html> `.text;
}

function filters({ query, choices }: DashboardFigures): Html {
	const kept = (['period', 'state', 'personal', 'live'] as const).filter((name) => query[name]);
	const value = (name: keyof DashboardQuery) => (query[name] === true ? '1' : String(query[name]));
	const field = (name: 'name' | 'reason', label: string, hint: string) =>
		html`<label
			>${label}<input name="${name}" value="${query[name]}" placeholder="${hint}" maxlength="500"
		/></label>`;
	const isNarrow = query.queue ?? query.endpoint ?? query.name ?? query.reason;
	return html`<form class="filters" method="get" role="search" aria-label="Filters">
		${kept.map(
			(name) => html`<input type="hidden" name="${name}" value="${value(name)}" />`,
		)}${choice('queue', 'Queue', choices.queues, query.queue)}${choice(
			'endpoint',
			'Endpoint',
			choices.endpoints,
			query.endpoint,
		)}${field('name', 'Name', 'Order placed, or *order*')}${field(
			'reason',
			'Reason',
			'HTTP 4*',
		)}<button class="main">Filter</button>${isNarrow !== undefined &&
		html`<a
			href="${linkTo({
				period: query.period,
				state: query.state,
				...(query.personal ? { personal: true } : {}),
				...(query.live ? { live: true } : {}),
			})}"
			>Clear</a
		>`}
	</form>`;
}

/** A field with suggestions; any other text, with * for any part of it, may be put in too. */
const choice = (name: 'queue' | 'endpoint', label: string, values: string[], chosen?: string) =>
	html`<label
		>${label}<input
			name="${name}"
			value="${chosen}"
			list="${name}s"
			placeholder="all"
			maxlength="500"
			autocomplete="off"
		/><datalist id="${name}s">
			${values.map((value) => html`<option value="${value}"></option>`)}
		</datalist></label
	>`;
