import type { DashboardQuery } from './query';

/** States of deliveries, as the store knows them. */
export const STATES = ['dead', 'retrying', 'pending', 'delivered', 'closed'] as const;
export type State = (typeof STATES)[number];

/** What was counted of some deliveries. Times in milliseconds; undefined where nothing has arrived. */
export interface Counts {
	stored: number;
	delivered: number;
	dead: number;
	/** Pending and retrying ones. */
	waiting: number;
	closed: number;
	p50?: number;
	p95?: number;
	p99?: number;
}

/** The bar of a chart. */
export interface Bar extends Counts {
	/** Epoch milliseconds of its begin. */
	at: number;
}

export interface EndpointFigures extends Counts {
	endpoint: string;
	/** Paused until then, epoch milliseconds; undefined when it is not. */
	pausedUntil?: number;
	/** It was paused, and is let in few at a time. */
	isOnProbation?: boolean;
	reason?: string;
	/** Of all that waits, whenever it was stored. */
	waitingNow: number;
}

export interface QueueFigures {
	queue: string;
	service: 'served' | 'unknown' | 'unserved';
	nodeName?: string;
	pausedUntil?: number;
	reason?: string;
	waitingNow: number;
	/** Of those, on their way at this moment. */
	underWay: number;
	nextDueAt?: number;
	oldestAt?: number;
}

/** A delivery of a list, fit to be shown: secrets are masked, and what is personal unless it was asked for. */
export interface ShownDelivery {
	id: string;
	name: string;
	kind: string;
	endpoint: string;
	queue?: string;
	state: State;
	isUnderWay: boolean;
	attempt: number;
	createdAt: number;
	dueAt: number;
	endedAt?: number;
	reason?: string;
	error?: string;
	statusCode?: number;
	method: string;
	url: string;
	headers: [name: string, value: string][];
	body?: string;
	answer?: string;
	subject?: string;
	eventId?: string;
	workflowId?: string;
	executionId?: string;
	isTest: boolean;
	/** What can be done with it, with the token of the form that does it. */
	replay?: string;
	cancel?: string;
}

/** Work on many deliveries, or a backfill. */
export interface WorkFigures {
	what: string;
	status: string;
	/** From 0 to 1. */
	share: number;
	told: string;
	startedAt: number;
	updatedAt: number;
}

/** What came of a form. */
export interface Notice {
	kind: 'done' | 'refused';
	text: string;
}

/** An action on all dead letters, or all that wait, of the filters: how many it concerns, and its token. */
export interface ManyAction {
	count: number;
	/** There may be more. */
	isPart: boolean;
	token: string;
}

/** All that a page shows. */
export interface DashboardFigures {
	title: string;
	now: number;
	/** IANA name; times are shown in it. */
	timeZone: string;
	query: DashboardQuery;
	notice?: Notice;
	whole: Counts & {
		/** From 0 to 1: of the delivered ones, those that took ten minutes at most. */
		inTime?: number;
		attempts: number;
		/** How many were delivered with so many attempts. */
		untilSuccess: [attempts: number, deliveries: number][];
		/** What triggers hand to their workflow as it is. */
		events: { taken: number; waiting: number };
	};
	bars: Bar[];
	/** Older deliveries of the period are not counted. */
	countedSince?: number;
	endpoints: EndpointFigures[];
	/** More than are shown. */
	moreEndpoints: number;
	queues: QueueFigures[];
	waitingNow: { count: number; isPart: boolean; retrying: number };
	/** The next due ones. */
	dueNext: ShownDelivery[];
	list: ShownDelivery[];
	/** Behind which number the list goes on. */
	next?: number;
	work: WorkFigures[];
	/** Values to choose from in the filters. */
	choices: { queues: string[]; endpoints: string[] };
	/** Whether a link that shows personal data is offered. */
	mayShowPersonal: boolean;
	replayMany?: ManyAction;
	cancelMany?: ManyAction;
}
