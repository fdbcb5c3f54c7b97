import type { Duplex } from 'node:stream';
import type { Clock } from '../../clock';
import { InFlight } from '../../transport/inFlight';
import type { NetworkFailure } from '../../transport/networkErrors';
import { ApnsConnection } from './connection';
import { ApnsStream, type ApnsRequest, type ApnsResult } from './stream';

export interface ApnsConnectionsOptions {
	/** Scheme, host and port. */
	origin: string;
	/** Opens a socket to the origin that speaks HTTP/2; refuses what may not be reached. */
	connect: () => Promise<Duplex>;
	clock: Clock;
	/** {@link MOST_STREAMS} unless given. */
	mostStreams?: number;
	/** {@link MOST_CONNECTIONS} unless given. */
	mostConnections?: number;
}

/** Notifications under way at once, over all connections. */
export const MOST_STREAMS = 500;
/** APNs asks for few connections that stay; more of them are for when it takes few streams on each. */
export const MOST_CONNECTIONS = 4;

/**
 * The connections to one server of APNs with one key: few, kept, and opened anew when APNs closes them.
 * What was not looked at goes out again on another one; of the rest it is told that nothing is known.
 */
export class ApnsConnections {
	private readonly connections: ApnsConnection[] = [];
	private readonly waiting: ApnsStream[] = [];
	private first = 0;
	private active = 0;
	private readonly inFlight: InFlight;
	private readonly origin: URL;
	private readonly mostStreams: number;
	private readonly mostConnections: number;

	constructor(private readonly options: ApnsConnectionsOptions) {
		this.origin = new URL(options.origin);
		this.inFlight = new InFlight(options.clock);
		this.mostStreams = options.mostStreams ?? MOST_STREAMS;
		this.mostConnections = options.mostConnections ?? MOST_CONNECTIONS;
	}

	/** How many connections there are now. */
	get size(): number {
		return this.connections.length;
	}

	/** Sends one notification. Never rejects. */
	async send(request: ApnsRequest): Promise<ApnsResult> {
		return await new Promise((resolve) => this.start(request, resolve));
	}

	/** Sends one notification, and hands over what came of it. Without a promise, of which each takes its time. */
	start(request: ApnsRequest, done: (result: ApnsResult) => void): void {
		const stream = new ApnsStream(request, this.origin.host, done);
		this.inFlight.add(stream, request.timeoutMs);
		if (request.signal.aborted) return stream.cancel();
		this.waiting.push(stream);
		this.pump();
	}

	/** Cuts everything; what comes after that opens connections anew. */
	destroy(): void {
		for (const connection of this.connections.splice(0)) connection.destroy();
	}

	private readonly pump = (): void => {
		for (let next = this.peek(); next && this.active < this.mostStreams; next = this.peek()) {
			const connection = this.connectionWithRoom();
			if (!connection) {
				this.openAnother();
				return;
			}
			this.take();
			this.active++;
			connection.send(next);
		}
	};

	/** The next one that nobody has given up meanwhile. */
	private peek(): ApnsStream | undefined {
		while (this.first < this.waiting.length && this.waiting[this.first].isSettled) this.take();
		return this.waiting[this.first];
	}

	private take(): void {
		this.first++;
		if (this.first < this.waiting.length && this.first < 1_024) return;
		this.waiting.splice(0, this.first);
		this.first = 0;
	}

	/** The one with the most room, so that none is filled while another is idle. */
	private connectionWithRoom(): ApnsConnection | undefined {
		let best: ApnsConnection | undefined;
		for (const connection of this.connections) {
			if (connection.room > 0 && connection.room > (best?.room ?? 0) && connection.isFresh()) {
				best = connection;
			}
		}
		return best;
	}

	private openAnother(): void {
		const open = this.connections.filter((connection) => !connection.isClosed);
		if (open.length >= this.mostConnections) return;
		// One that is still being made, or that has not answered yet, may take it all.
		if (open.some((connection) => connection.isPreparing || !connection.isProven)) return;
		const { connect, clock } = this.options;
		const connection: ApnsConnection = new ApnsConnection(
			{ origin: this.origin, connect, clock, mostStreams: this.mostStreams },
			{
				onChange: () => this.changed(connection),
				onEnded: () => this.endedOne(),
				onUnsent: (stream) => this.again(stream),
				onFailed: (failure) => this.failed(connection, failure),
			},
		);
		this.connections.push(connection);
	}

	private changed(connection: ApnsConnection): void {
		if (connection.isClosed) this.drop(connection);
		this.pump();
	}

	private endedOne(): void {
		this.active--;
		this.pump();
	}

	private again(stream: ApnsStream): void {
		this.active--;
		this.waiting.splice(this.first, 0, stream);
		// Later, since this may be told from within a pump that has the connection in hand.
		setImmediate(this.pump);
	}

	/** Where no other connection is left, nobody knows when there will be one. */
	private failed(connection: ApnsConnection, failure: NetworkFailure): void {
		this.drop(connection);
		if (this.connections.some(({ isClosed }) => !isClosed)) return this.pump();
		const given = this.waiting.splice(0);
		this.first = 0;
		for (const stream of given) stream.fail(failure);
	}

	private drop(connection: ApnsConnection): void {
		const at = this.connections.indexOf(connection);
		if (at >= 0) this.connections.splice(at, 1);
	}
}
