/**
 * The generator of the benches, a process of its own: as many connections as it is told, each with one
 * request under way, over bare sockets, so that it is never what is measured.
 */
import { connect, type Socket } from 'node:net';
import type { GeneratorMessage, GeneratorResult, GeneratorRun } from './generator.ts';
import { percentile } from './statistics.ts';

async function run(what: GeneratorRun): Promise<GeneratorResult> {
	const requests = what.bodies.map((body) => Buffer.from(head(what, body) + body));
	const latencies: number[] = [];
	const statuses: Record<string, number> = {};
	const before = process.cpuUsage();
	const started = performance.now();
	let sent = 0;

	const worker = async () => {
		const connection = await Connection.open(what.port);
		while (sent < what.requests) {
			const nth = sent++;
			const due = what.rate === undefined ? performance.now() : started + (nth * 1000) / what.rate;
			await until(due);
			const status = await connection.send(requests[nth % requests.length]);
			latencies.push(performance.now() - due);
			statuses[status] = (statuses[status] ?? 0) + 1;
		}
		connection.close();
	};
	await Promise.all(Array.from({ length: what.connections }, worker));
	const took = performance.now() - started;
	const { user, system } = process.cpuUsage(before);
	return {
		rate: (what.requests * 1000) / took,
		latency: { p50: percentile(latencies, 50), p99: percentile(latencies, 99) },
		statuses,
		cpuMicros: (user + system) / what.requests,
	};
}

function head({ path, contentType }: GeneratorRun, body: string): string {
	return (
		`POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${contentType}\r\n` +
		`content-length: ${Buffer.byteLength(body)}\r\n\r\n`
	);
}

/** Timers are good to a millisecond only; what is due within one is sent now. */
async function until(due: number): Promise<void> {
	for (let wait = due - performance.now(); wait > 1; wait = due - performance.now()) {
		await new Promise((resolve) => setTimeout(resolve, wait));
	}
}

class Connection {
	private data = '';
	private waiting:
		| { resolve: (status: string) => void; reject: (error: Error) => void }
		| undefined;
	private readonly socket: Socket;

	private constructor(socket: Socket) {
		this.socket = socket;
		socket.setNoDelay(true);
		socket.setEncoding('latin1');
		socket.on('data', (chunk: string) => this.read(chunk));
		socket.on('error', (error) => this.waiting?.reject(error));
		socket.on('close', () => this.waiting?.reject(new Error('A connection was closed')));
	}

	static async open(port: number): Promise<Connection> {
		const socket = connect(port, '127.0.0.1');
		await new Promise<void>((resolve, reject) => {
			socket.once('connect', resolve);
			socket.once('error', reject);
		});
		return new Connection(socket);
	}

	async send(request: Buffer): Promise<string> {
		return await new Promise((resolve, reject) => {
			this.waiting = { resolve, reject };
			this.socket.write(request);
		});
	}

	close(): void {
		this.waiting = undefined;
		this.socket.destroy();
	}

	private read(chunk: string): void {
		this.data += chunk;
		const headEnd = this.data.indexOf('\r\n\r\n');
		if (headEnd < 0) return;
		const length = /\r\ncontent-length: *(\d+)/i.exec(this.data.slice(0, headEnd));
		if (length === null) {
			this.waiting?.reject(new Error(`An answer without a length: ${this.data.slice(0, 200)}`));
			return;
		}
		if (this.data.length < headEnd + 4 + Number(length[1])) return;
		const status = this.data.slice(9, 12);
		this.data = '';
		this.waiting?.resolve(status);
	}
}

const tellParent = (message: GeneratorMessage) => process.send?.(message);

process.on('message', (what: GeneratorRun) => {
	run(what).then(
		(result) => tellParent({ result }),
		(error: Error) => tellParent({ failure: error.message }),
	);
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; the bench itself ends this process.
process.on('SIGINT', () => undefined);
tellParent({ ready: true });
