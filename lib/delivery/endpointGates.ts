import type { EndpointState, QueueState } from '../store/endpoints';
import type { Outcome } from './channel';
import {
	allowance,
	BREAKER_DEFAULTS,
	CLOSED,
	onFailure,
	onSuccess,
	type BreakerSettings,
	type BreakerState,
} from './circuitBreaker';
import { QueueGate } from './queueGate';

interface Gate {
	breaker: BreakerState;
	/** Epoch milliseconds of the store's clock; a pause that the receiver asked for, or a configuration error. */
	pausedUntil: number;
	reason?: string;
	/** What has to be mended; known to the process that met it, the store keeps the reason. */
	configurationError?: ConfigurationError;
}

/** Why nothing for an endpoint would be taken. */
export interface ConfigurationError {
	code: string;
	/** For people: what to mend. */
	message: string;
}

export interface GateSettings extends BreakerSettings {
	/** Length of the first pause after a configuration error, in milliseconds; it doubles. */
	configurationPauseMs: number;
	longestConfigurationPauseMs: number;
}

/** A probe costs one request, and whoever has mended something waits for the next one. */
export const GATE_DEFAULTS: GateSettings = Object.freeze({
	...BREAKER_DEFAULTS,
	configurationPauseMs: 5 * 60_000,
	longestConfigurationPauseMs: 15 * 60_000,
});

/** Not the receiver's doing: these say nothing about its health. */
const OWN_DOING = new Set(['EGRESS_BLOCKED', 'CREDENTIAL_NOT_ALLOWED', 'INVALID_REQUEST']);

/**
 * How many deliveries each endpoint of a queue may have under way (design 5, rule 5): all, none while it
 * is paused, one as a probe after a pause, then twice as many each time. Shared by all that send for the
 * queue in this process; what changes is noted in the store.
 */
export class EndpointGates {
	private readonly gates = new Map<string, Gate>();
	private readonly changed = new Set<string>();
	private readonly inFlight = new Map<string, number>();
	private readonly listeners = new Set<() => void>();
	/** Somebody found no room since the listeners were last told. */
	private wanted = false;
	/** The gate of the whole queue. */
	readonly queue = new QueueGate();
	/** Grows with every new pause, so that a sender need not look through its endpoints before that. */
	pausesSeen = 0;

	constructor(
		/** Without a circuit breaker only pauses that receivers ask for count. */
		private readonly breakerEnabled: boolean,
		private readonly settings: GateSettings = GATE_DEFAULTS,
	) {}

	/** Takes over what the store knows; what this process knows already stays. */
	load(states: readonly EndpointState[], queue?: QueueState): void {
		this.queue.load(queue);
		for (const state of states) {
			if (this.gates.has(state.endpoint)) continue;
			this.pausesSeen++;
			const opened = state.pauses > 0 && state.probeWindow === 1;
			const breaker: BreakerState = {
				failures: 0,
				openings: state.pauses,
				successes: 0,
				// Still open: its next request is the probe, and one failure opens it for longer.
				...(opened ? { pausedUntil: state.pausedUntil } : {}),
				...(opened || state.probeWindow === undefined ? {} : { window: state.probeWindow }),
			};
			this.gates.set(state.endpoint, {
				breaker,
				pausedUntil: state.pausedUntil,
				...(state.reason === undefined ? {} : { reason: state.reason }),
			});
		}
	}

	/** Nothing bad is known of any endpoint. */
	get allClear(): boolean {
		return this.gates.size === 0;
	}

	/** How many more may start at an endpoint, whoever sends; 0 while it is paused. */
	room(endpoint: string, now: number): number {
		if (this.gates.size === 0) return Infinity;
		const room = this.allowance(endpoint, now) - (this.inFlight.get(endpoint) ?? 0);
		if (room <= 0) this.wanted = true;
		return room;
	}

	/** Whether another delivery of the queue may start, as far as the queue itself is concerned. */
	hasRoom(now: number): boolean {
		const has = this.queue.room(now) > 0;
		if (!has) this.wanted = true;
		return has;
	}

	/** One more is under way at an endpoint. */
	started(endpoint: string): void {
		this.queue.started();
		this.inFlight.set(endpoint, (this.inFlight.get(endpoint) ?? 0) + 1);
	}

	/** One is over; senders that found no room before are told. */
	ended(endpoint: string): void {
		this.queue.ended();
		const left = (this.inFlight.get(endpoint) ?? 1) - 1;
		if (left > 0) this.inFlight.set(endpoint, left);
		else this.inFlight.delete(endpoint);
		if (!this.wanted) return;
		this.wanted = false;
		for (const listener of [...this.listeners]) listener();
	}

	/** Calls back when there may be room again after there was none. Gives the way to stop it. */
	onRoom(listener: () => void): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	/** How many may be under way; 0 while paused. */
	allowance(endpoint: string, now: number): number {
		const gate = this.gates.get(endpoint);
		if (!gate) return Infinity;
		if (gate.pausedUntil > now) return 0;
		return allowance(gate.breaker, now, this.settings);
	}

	/** The end of an endpoint's pause (epoch milliseconds), if it has one now. */
	pausedUntil(endpoint: string, now: number): number | undefined {
		const gate = this.gates.get(endpoint);
		if (!gate) return undefined;
		const until = Math.max(gate.pausedUntil, gate.breaker.pausedUntil ?? 0);
		return until > now && this.allowance(endpoint, now) === 0 ? until : undefined;
	}

	/** Why an endpoint is paused, in words. */
	reason(endpoint: string): string {
		return this.gates.get(endpoint)?.reason ?? 'the endpoint is paused';
	}

	/** What has to be mended before an endpoint takes anything, while it is paused for that. */
	configurationError(endpoint: string, now: number): ConfigurationError | undefined {
		const gate = this.gates.get(endpoint);
		return gate && gate.pausedUntil > now ? gate.configurationError : undefined;
	}

	/**
	 * Pauses an endpoint at once for a configuration error; each time that a probe meets one it doubles.
	 * @returns the end of the pause, epoch milliseconds
	 */
	noteConfigurationError(endpoint: string, error: ConfigurationError, now: number): number {
		const gate = this.gates.get(endpoint);
		// What was under way when the pause began meets the same error, which is no failed probe.
		if (gate?.configurationError && gate.pausedUntil > now) return gate.pausedUntil;
		const { configurationPauseMs, longestConfigurationPauseMs } = this.settings;
		const openings = (gate?.breaker.openings ?? 0) + 1;
		const pause = Math.min(longestConfigurationPauseMs, configurationPauseMs * 2 ** (openings - 1));
		const pausedUntil = Math.max(now + pause, gate?.pausedUntil ?? 0);
		this.gates.set(endpoint, {
			breaker: { failures: 0, openings, window: 1, successes: 0 },
			pausedUntil,
			reason: error.message,
			configurationError: error,
		});
		this.changed.add(endpoint);
		this.pausesSeen++;
		return pausedUntil;
	}

	/** Learns from an attempt. Gives true when the endpoint is paused from now on. */
	note(endpoint: string, outcome: Outcome, now: number, pauseUntil?: number): boolean {
		const gate = this.gates.get(endpoint);
		if (pauseUntil !== undefined && pauseUntil > now) {
			this.pause(endpoint, gate, outcome, pauseUntil, now);
			return true;
		}
		const failed = outcome.statusCode === undefined && !OWN_DOING.has(outcome.error?.code ?? '');
		if (!failed && !gate) return false;
		if (failed && !this.breakerEnabled) return false;
		// What was under way when the receiver asked for a pause says nothing about its end.
		if (!failed && gate && gate.pausedUntil > now) return false;
		const before = gate?.breaker ?? CLOSED;
		const breaker = failed
			? onFailure(before, now, this.settings)
			: onSuccess(before, now, this.settings);
		if (breaker === before) return false;
		this.changed.add(endpoint);
		if (breaker === CLOSED) {
			this.gates.delete(endpoint);
			return false;
		}
		const opened = breaker.pausedUntil !== undefined && breaker.pausedUntil !== before.pausedUntil;
		if (opened) this.pausesSeen++;
		const reason = opened
			? `${breaker.failures} failures in a row: ${outcome.error?.message}`
			: gate?.reason;
		this.gates.set(endpoint, {
			breaker,
			pausedUntil: gate?.pausedUntil ?? 0,
			...(reason === undefined ? {} : { reason }),
		});
		return opened;
	}

	private pause(
		endpoint: string,
		gate: Gate | undefined,
		outcome: Outcome,
		until: number,
		now: number,
	): void {
		const configurationError = this.configurationError(endpoint, now);
		this.gates.set(endpoint, {
			// After the pause one probe, then doubling.
			breaker: { failures: 0, openings: gate?.breaker.openings ?? 0, window: 1, successes: 0 },
			pausedUntil: Math.max(until, gate?.pausedUntil ?? 0),
			...(configurationError
				? { reason: configurationError.message, configurationError }
				: { reason: `the receiver asked for a pause (HTTP ${outcome.statusCode})` }),
		});
		this.changed.add(endpoint);
		this.pausesSeen++;
	}

	/** What changed since the last call, for the store. */
	takeChanges(now: number): EndpointState[] {
		const states = [...this.changed].map((endpoint): EndpointState => {
			const gate = this.gates.get(endpoint);
			if (!gate) return { endpoint, pausedUntil: 0, pauses: 0 };
			const until = Math.max(gate.pausedUntil, gate.breaker.pausedUntil ?? 0);
			const window =
				gate.breaker.window ?? (gate.breaker.pausedUntil === undefined ? undefined : 1);
			return {
				endpoint,
				pausedUntil: until > now ? until : 0,
				...(window === undefined ? {} : { probeWindow: window }),
				pauses: gate.breaker.openings,
				...(gate.reason === undefined ? {} : { reason: gate.reason }),
			};
		});
		this.changed.clear();
		return states;
	}
}
