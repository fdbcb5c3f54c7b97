import type { Duplex } from 'node:stream';
import type { Clock } from '../../clock';
import { ClientSession } from '../../transport/http2/clientSession';
import { Http2Error } from '../../transport/http2/protocol';
import {
	describeNetworkError,
	networkFailure,
	type NetworkFailure,
} from '../../transport/networkErrors';
import { APNS_INDEXING, type ApnsStream, type Carrier } from './stream';

/** What a connection tells whoever holds it. */
export interface ConnectionEvents {
	/** It can take more than before, or takes nothing any more. */
	onChange(): void;
	/** One of its streams is over. */
	onEnded(): void;
	/** APNs has not looked at this one. */
	onUnsent(stream: ApnsStream): void;
	/** It never came about. */
	onFailed(failure: NetworkFailure): void;
}

export interface ConnectionOptions {
	origin: URL;
	/** Opens a socket to it that speaks HTTP/2. */
	connect: () => Promise<Duplex>;
	clock: Clock;
	/** Streams at once, whatever APNs would take. */
	mostStreams: number;
}

/** A connection of which nothing was heard for so long is asked whether it is there before it is used. */
const QUIET_MS = 30_000;
const PING_TIMEOUT_MS = 5_000;
/** APNs says how much it takes in its first frame. */
const SETTINGS_TIMEOUT_MS = 10_000;
const LONGEST_GOODBYE = 200;

type State = 'connecting' | 'open' | 'checking' | 'closed';

/** One long-lived HTTP/2 connection to APNs. */
export class ApnsConnection implements Carrier {
	goodbye: string | undefined;
	private session: ClientSession | undefined;
	private state: State = 'connecting';
	private active = 0;
	private heardAt: number;
	/** APNs has answered something, so that it is worth while to open another one beside it. */
	private proven = false;

	constructor(
		private readonly options: ConnectionOptions,
		private readonly events: ConnectionEvents,
	) {
		this.heardAt = options.clock.monotonic();
		this.open().catch((error: unknown) => this.failed(error));
	}

	get scheme(): string {
		return this.options.origin.protocol.slice(0, -1);
	}

	get host(): string {
		return this.options.origin.host;
	}

	get isClosed(): boolean {
		return this.state === 'closed';
	}

	/** Busy with becoming usable. */
	get isPreparing(): boolean {
		return this.state === 'connecting' || this.state === 'checking';
	}

	get isProven(): boolean {
		return this.proven;
	}

	/** How many more streams it takes now. */
	get room(): number {
		if (this.state !== 'open') return 0;
		const maxConcurrentStreams = this.session?.maxConcurrentStreams ?? Infinity;
		return Math.min(this.options.mostStreams, maxConcurrentStreams) - this.active;
	}

	/**
	 * Whether it may be used as it is. One that was quiet for long is asked first, since a request that
	 * goes into a dead connection is lost without a trace.
	 */
	isFresh(): boolean {
		if (this.active > 0 || this.options.clock.monotonic() - this.heardAt < QUIET_MS) return true;
		this.check();
		return false;
	}

	/** Sends one. */
	send(stream: ApnsStream): void {
		const session = this.session as ClientSession;
		if (this.active++ === 0) session.ref();
		stream.start(session, this);
	}

	onEnd(heard: boolean): void {
		this.left();
		if (heard) {
			this.heardAt = this.options.clock.monotonic();
			this.proven = true;
		}
		this.events.onEnded();
	}

	onUnsent(stream: ApnsStream): void {
		this.left();
		this.events.onUnsent(stream);
	}

	onSilence(): void {
		this.check();
	}

	/** Ends at once. */
	destroy(): void {
		this.state = 'closed';
		this.session?.close();
	}

	private left(): void {
		if (--this.active === 0) this.session?.unref();
	}

	private async open(): Promise<void> {
		const { connect, clock } = this.options;
		const socket = await connect();
		// Given up meanwhile.
		if (this.isClosed) return void socket.destroy();
		const waited = new AbortController();
		const session = new ClientSession(
			socket,
			{
				onSettings: () => {
					waited.abort();
					this.ready();
				},
				onGoAway: (data) => this.onGoAway(data),
				onClose: (error) => {
					waited.abort();
					this.closed(error);
				},
			},
			{ indexing: APNS_INDEXING },
		);
		this.session = session;
		await clock.sleep(SETTINGS_TIMEOUT_MS, waited.signal);
		if (this.state !== 'connecting') return;
		this.failed(Object.assign(new Error('no settings'), { code: 'ETIMEDOUT' }));
		session.destroy();
	}

	private ready(): void {
		if (this.state === 'connecting') {
			this.state = 'open';
			this.heardAt = this.options.clock.monotonic();
			if (this.active === 0) this.session?.unref();
		}
		this.events.onChange();
	}

	private onGoAway(data: Buffer): void {
		this.goodbye = readGoodbye(data) ?? this.goodbye;
		this.state = 'closed';
		this.events.onChange();
	}

	private failed(error: unknown): void {
		const connecting = this.state === 'connecting';
		this.state = 'closed';
		if (connecting) this.events.onFailed(this.describe(error));
		else this.events.onChange();
	}

	private closed(error?: Error): void {
		if (error instanceof Http2Error) this.goodbye ??= error.message;
		this.failed(error ?? Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
	}

	private describe(error: unknown): NetworkFailure {
		if (error instanceof Http2Error) {
			return networkFailure('INVALID_RESPONSE', this.host, error.message);
		}
		const failure = describeNetworkError(error, this.host);
		return failure.code === 'ECONNRESET'
			? networkFailure('ECONNRESET', this.host, this.goodbye)
			: failure;
	}

	/** Asks whether anybody is there, and cuts the connection when nobody answers. */
	private check(): void {
		const { session } = this;
		if (this.state !== 'open' || !session) return;
		this.state = 'checking';
		const answered = new AbortController();
		const done = () => {
			answered.abort();
			this.heardAt = this.options.clock.monotonic();
			if (this.state === 'checking') this.state = 'open';
			this.events.onChange();
		};
		session.ping(done);
		void this.options.clock.sleep(PING_TIMEOUT_MS, answered.signal).then(() => {
			if (answered.signal.aborted || this.state === 'closed') return;
			this.goodbye ??= 'no answer to a ping';
			session.destroy();
		});
	}
}

/** APNs says why it closes in the JSON of the frame. */
function readGoodbye(data: Buffer): string | undefined {
	if (data.length === 0) return undefined;
	const text = data.toString('utf8').slice(0, LONGEST_GOODBYE);
	const reason = /"reason"\s*:\s*"([\w.-]+)"/.exec(text)?.[1];
	return `APNs closed the connection${reason === undefined ? '' : `: ${reason}`}`;
}
