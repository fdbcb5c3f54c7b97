import type { DashboardFigures, ManyAction, ShownDelivery, State } from './figures';
import { ago, due, number, Times } from './format';
import { html, type Html } from './html';
import { periodOf } from './overview';
import { linkTo, type DashboardQuery } from './query';

const NAMES: Record<State | 'any', string> = {
	dead: 'Dead letters',
	retrying: 'Retrying',
	pending: 'Pending',
	delivered: 'Delivered',
	closed: 'Closed',
	any: 'All',
};

const NONE: Record<State | 'any', string> = {
	dead: 'No dead letters',
	retrying: 'Nothing waits for a retry',
	pending: 'Nothing waits for its first attempt',
	delivered: 'Nothing was delivered',
	closed: 'Nothing was closed',
	any: 'No deliveries',
};

/** What waits is listed whenever it was stored. */
const nothing = (figures: DashboardFigures) => {
	const { state } = figures.query;
	const waits = state === 'retrying' || state === 'pending';
	return html`<p class="none">${NONE[state]}${!waits && ` in ${periodOf(figures)}`}.</p>`;
};

const BADGES: Record<State, string> = {
	dead: 'bad',
	retrying: 'warn',
	pending: '',
	delivered: 'good',
	closed: '',
};

/** A button that does something to one delivery. */
const button = (
	action: 'replay' | 'cancel',
	token: string | undefined,
	{ id, name }: ShownDelivery,
	query: DashboardQuery,
) =>
	token !== undefined &&
	html`<form method="post" action="${linkTo(query, { after: query.after })}">
		<input type="hidden" name="action" value="${action}" /><input
			type="hidden"
			name="id"
			value="${id}"
		/><input type="hidden" name="token" value="${token}" /><button
			aria-label="${action === 'replay' ? 'Replay' : 'Cancel'} ${name} ${id}"
		>
			${action === 'replay' ? 'Replay' : 'Cancel'}
		</button>
	</form>`;

function told(one: ShownDelivery, now: number): Html {
	const waits = one.endedAt === undefined;
	const text = one.isUnderWay ? 'on its way' : (one.reason ?? one.state);
	return html`<span
			><span class="badge ${BADGES[one.state]}">${text}</span>${one.isTest &&
			html` <span class="badge">test</span>`}</span
		><span class="when">${waits ? due(one.dueAt, now) : ago(one.endedAt ?? 0, now)}</span>`;
}

function detail(one: ShownDelivery, times: Times): Html {
	const rows: [string, string | number | undefined][] = [
		['ID', one.id],
		['State', one.state],
		['Reason', one.reason],
		['Error', one.error],
		['Attempts', one.attempt],
		['Stored', times.moment(one.createdAt)],
		['Due', one.endedAt === undefined ? times.moment(one.dueAt) : undefined],
		['Ended', one.endedAt === undefined ? undefined : times.moment(one.endedAt)],
		['Kind', one.kind],
		['Queue', one.queue],
		['Subject', one.subject],
		['Event', one.eventId],
		['Workflow', one.workflowId],
		['Execution', one.executionId],
	];
	const head = [
		`${one.method} ${one.url}`,
		...one.headers.map(([name, value]) => `${name}: ${value}`),
	];
	return html`<div class="detail">
		<dl>
			${rows
				.filter(([, value]) => value !== undefined && value !== '')
				.map(
					([name, value]) =>
						html`<dt>${name}</dt>
							<dd>${value}</dd>`,
				)}
		</dl>
		<h3>Request</h3>
		<pre tabindex="0">
${head.join('\n')}${one.body !== undefined && one.body !== '' && `\n\n${one.body}`}</pre
		>
		${(one.statusCode !== undefined || one.answer !== undefined) &&
		html`<h3>Last answer</h3>
			<pre tabindex="0">
${one.statusCode === undefined ? '' : `HTTP ${one.statusCode}`}${one.answer !== undefined &&
				one.answer !== '' &&
				`\n\n${one.answer}`}</pre
			>`}
	</div>`;
}

const listOf = (entries: readonly ShownDelivery[], { query, now, timeZone }: DashboardFigures) => {
	const times = new Times(timeZone);
	return html`<ul class="list">
		${entries.map(
			(one) =>
				html`<li>
					<details>
						<summary>
							<span
								><b>${one.name === '' ? one.kind : one.name}</b>
								<small>${one.attempt === 1 ? '1 attempt' : `${one.attempt} attempts`}</small
								><br /><small>${one.endpoint}</small></span
							>${told(one, now)}
						</summary>
						${detail(one, times)}
					</details>
					${button('replay', one.replay, one, query)}${button('cancel', one.cancel, one, query)}
				</li>`,
		)}
	</ul>`;
};

/** What is queued, the next due first. */
export function dueList(figures: DashboardFigures): Html {
	const { dueNext, waitingNow, query } = figures;
	const state = waitingNow.retrying > 0 ? 'retrying' : 'pending';
	return html`<section>
		<div class="head">
			<h2>Queued, next due first</h2>
			${waitingNow.count > dueNext.length &&
			html`<a href="${linkTo(query, { state })}#list"
				>${state === 'retrying' ? 'All that wait for a retry' : 'All that are pending'}</a
			>`}
		</div>
		${dueNext.length === 0
			? html`<p class="none small">
					${waitingNow.count === 0
						? 'Nothing is queued.'
						: 'What waits is on its way at this moment.'}
				</p>`
			: listOf(dueNext, figures)}${many(figures.cancelMany, 'cancel', figures)}
	</section>`;
}

/** The list that the page turns over. */
export function mainList(figures: DashboardFigures): Html {
	const { list, next, query, mayShowPersonal } = figures;
	const tabs = (Object.keys(NAMES) as (State | 'any')[]).map(
		(state) =>
			html`<a
				href="${linkTo(query, { state })}#list"
				${state === query.state && html` aria-current="page"`}
				>${NAMES[state]}</a
			>`,
	);
	const personal =
		mayShowPersonal &&
		html`<a href="${linkTo(query, { personal: !query.personal, after: query.after })}#list"
			>${query.personal ? 'Hide personal data' : 'Show personal data'}</a
		>`;
	return html`<section id="list">
		<div class="head">
			<h2>Deliveries: ${NAMES[query.state].toLowerCase()}</h2>
			${personal}
		</div>
		<nav aria-label="State">${tabs}</nav>
		${list.length === 0 ? nothing(figures) : listOf(list, figures)}${(next !== undefined ||
			query.after !== undefined) &&
		html`<p class="pages">
			${query.after !== undefined && html`<a href="${linkTo(query)}#list">« Newest</a>`}${next !==
				undefined && html`<a href="${linkTo(query, { after: next })}#list">Older »</a>`}
		</p>`}${query.state === 'dead' && many(figures.replayMany, 'replay', figures)}
	</section>`;
}

/** An action on all that fit the filters. It asks for a tick, so that one click does not do it. */
function many(
	given: ManyAction | undefined,
	action: 'replay' | 'cancel',
	{ query }: DashboardFigures,
): Html | false {
	if (!given || given.count === 0) return false;
	const count = `${number(given.count)}${given.isPart ? ' and more' : ''}`;
	const [verb, what, effect] =
		action === 'replay'
			? ['Replay', 'dead letters', 'They are sent again, with the same IDs.']
			: ['Cancel', 'queued deliveries', 'They are closed and not sent.'];
	return html`<details class="many">
		<summary>${verb} all ${what} that fit the filters…</summary>
		<form method="post" action="${linkTo(query)}">
			<input type="hidden" name="action" value="${action}All" /><input
				type="hidden"
				name="token"
				value="${given.token}"
			/><label
				><input type="checkbox" name="sure" value="1" required />${verb} ${count}. ${effect}</label
			><button>${verb} all</button>
		</form>
	</details>`;
}
