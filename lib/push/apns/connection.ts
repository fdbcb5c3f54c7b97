import http2, { type ClientHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../clock';
import {
	describeNetworkError,
	networkFailure,
	type NetworkFailure,
} from '../../transport/networkErrors';
import type { ApnsStream, Carrier } from './stream';

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
	lastStreamId: number | undefined;
	goodbye: string | undefined;
	private session: ClientHttp2Session | undefined;
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
		const { maxConcurrentStreams = Infinity } = this.session?.remoteSettings ?? {};
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
		const session = this.session as ClientHttp2Session;
		if (this.active++ === 0 && !session.destroyed) session.ref();
		stream.start(session, this, this.options.origin.host);
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
		this.session?.destroy();
	}

	private left(): void {
		if (--this.active === 0 && this.session && !this.session.destroyed) this.session.unref();
	}

	private async open(): Promise<void> {
		const { origin, connect, clock } = this.options;
		const socket = await connect();
		const session = http2.connect(origin.href, { createConnection: () => socket });
		this.session = session;
		session.on('goaway', (code, lastStreamId, data) => this.onGoAway(code, lastStreamId, data));
		session.on('error', (error) => this.failed(error));
		session.on('close', () => this.closed());
		session.on('remoteSettings', () => this.ready());
		const waited = new AbortController();
		session.once('remoteSettings', () => waited.abort());
		session.once('close', () => waited.abort());
		await clock.sleep(SETTINGS_TIMEOUT_MS, waited.signal);
		if (this.state !== 'connecting') return;
		session.destroy();
		throw Object.assign(new Error('no settings'), { code: 'ETIMEDOUT' });
	}

	private ready(): void {
		if (this.state === 'connecting') {
			this.state = 'open';
			this.heardAt = this.options.clock.monotonic();
			if (this.active === 0) this.session?.unref();
		}
		this.events.onChange();
	}

	/** RFC 9113, 6.8: what is numbered higher was not processed. */
	private onGoAway(_code: number, lastStreamId: number, data: Uint8Array | undefined): void {
		this.lastStreamId = lastStreamId;
		this.goodbye = readGoodbye(data);
		this.state = 'closed';
		this.events.onChange();
	}

	private failed(error: unknown): void {
		const connecting = this.state === 'connecting';
		this.state = 'closed';
		if (connecting) this.events.onFailed(describeNetworkError(error, this.host));
		else this.events.onChange();
	}

	private closed(): void {
		const connecting = this.state === 'connecting';
		this.state = 'closed';
		if (connecting) this.events.onFailed(networkFailure('ECONNRESET', this.host, this.goodbye));
		else this.events.onChange();
	}

	/** Asks whether anybody is there, and cuts the connection when nobody answers. */
	private check(): void {
		const { session } = this;
		if (this.state !== 'open' || !session) return;
		this.state = 'checking';
		const answered = new AbortController();
		const done = (error: Error | null) => {
			if (error) return;
			answered.abort();
			this.heardAt = this.options.clock.monotonic();
			if (this.state === 'checking') this.state = 'open';
			this.events.onChange();
		};
		try {
			session.ping(done);
		} catch {
			// Closed already, which is told by itself.
		}
		void this.options.clock.sleep(PING_TIMEOUT_MS, answered.signal).then(() => {
			if (answered.signal.aborted || this.state === 'closed') return;
			this.state = 'closed';
			session.destroy(new Error('no answer to a ping'));
			this.events.onChange();
		});
	}
}

/** APNs says why it closes in the JSON of the frame. */
function readGoodbye(data: Uint8Array | undefined): string | undefined {
	if (!data || data.length === 0) return undefined;
	const text = Buffer.from(data).toString('utf8').slice(0, LONGEST_GOODBYE);
	const reason = /"reason"\s*:\s*"([\w.-]+)"/.exec(text)?.[1];
	return `APNs closed the connection${reason === undefined ? '' : `: ${reason}`}`;
}
