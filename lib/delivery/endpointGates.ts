import type { EndpointState } from '../store/endpoints';
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

interface Gate {
	breaker: BreakerState;
	/** Epoch milliseconds of the store's clock; a pause that the receiver asked for. */
	pausedUntil: number;
	reason?: string;
}

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

	constructor(
		/** Without a circuit breaker only pauses that receivers ask for count. */
		private readonly breakerEnabled: boolean,
		private readonly settings: BreakerSettings = BREAKER_DEFAULTS,
	) {}

	/** Takes over what the store knows; what this process knows already stays. */
	load(states: readonly EndpointState[]): void {
		for (const state of states) {
			if (this.gates.has(state.endpoint)) continue;
			const breaker: BreakerState = {
				failures: 0,
				openings: state.pauses,
				successes: 0,
				...(state.probeWindow === undefined ? {} : { window: state.probeWindow }),
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

	/** Learns from an attempt. Gives true when the endpoint is paused from now on. */
	note(endpoint: string, outcome: Outcome, now: number, pauseUntil?: number): boolean {
		const gate = this.gates.get(endpoint);
		if (pauseUntil !== undefined && pauseUntil > now) {
			this.pause(endpoint, gate, outcome, pauseUntil);
			return true;
		}
		const failed = outcome.statusCode === undefined && !OWN_DOING.has(outcome.error?.code ?? '');
		if (!failed && !gate) return false;
		if (failed && !this.breakerEnabled) return false;
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
		const reason = opened ? `${breaker.failures} failures in a row: ${outcome.error?.message}` : gate?.reason;
		this.gates.set(endpoint, {
			breaker,
			pausedUntil: gate?.pausedUntil ?? 0,
			...(reason === undefined ? {} : { reason }),
		});
		return opened;
	}

	private pause(endpoint: string, gate: Gate | undefined, outcome: Outcome, until: number): void {
		this.gates.set(endpoint, {
			// After the pause one probe, then doubling.
			breaker: { failures: 0, openings: gate?.breaker.openings ?? 0, window: 1, successes: 0 },
			pausedUntil: Math.max(until, gate?.pausedUntil ?? 0),
			reason: `the receiver asked for a pause (HTTP ${outcome.statusCode})`,
		});
		this.changed.add(endpoint);
	}

	/** What changed since the last call, for the store. */
	takeChanges(now: number): EndpointState[] {
		const states = [...this.changed].map((endpoint): EndpointState => {
			const gate = this.gates.get(endpoint);
			if (!gate) return { endpoint, pausedUntil: 0, pauses: 0 };
			const until = Math.max(gate.pausedUntil, gate.breaker.pausedUntil ?? 0);
			const window = gate.breaker.window ?? (gate.breaker.pausedUntil === undefined ? undefined : 1);
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
