import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

/** A server process of a fault, which ends with this process at the latest. */
export class Child {
	readonly process: ChildProcess;
	private output = '';
	private readonly ended: Promise<void>;
	private running = true;

	constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
		this.process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
		const note = (part: string) => (this.output = (this.output + part).slice(-100_000));
		this.process.stdout?.setEncoding('utf8').on('data', note);
		this.process.stderr?.setEncoding('utf8').on('data', note);
		const atExit = () => this.process.kill('SIGKILL');
		process.once('exit', atExit);
		this.ended = new Promise((resolve) => {
			const end = () => {
				this.running = false;
				process.off('exit', atExit);
				resolve();
			};
			this.process.once('exit', end);
			this.process.once('error', (error) => {
				note(String(error));
				end();
			});
		});
	}

	get isRunning(): boolean {
		return this.running;
	}

	/** What it printed last. */
	get log(): string {
		return this.output;
	}

	/** Sends a signal and waits for the end. */
	async end(signal: NodeJS.Signals): Promise<void> {
		if (this.running) this.process.kill(signal);
		await this.ended;
	}
}
