import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** How many errors a round of the compiler has found; the code is written all the same. */
export type OnCompiled = (errors: number) => void;

/** `tsc --watch` over a checkout: what it says is passed on, and each round that it has ended is told. */
export class Compiler {
	private readonly child: ChildProcess;

	/**
	 * @param root the checkout
	 * @param dist where the code goes
	 * @param say takes each line that a person should read
	 */
	constructor(root: string, dist: string, say: (line: string) => void, onCompiled: OnCompiled) {
		const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
		const quietly = ['--watch', '--preserveWatchOutput', '--pretty', 'false'];
		const written = ['--outDir', dist, '--declaration', 'false'];
		const guard = join(import.meta.dirname, '..', 'host', 'orphan-guard.cjs');
		this.child = spawn(process.execPath, ['--require', guard, tsc, ...quietly, ...written], {
			cwd: root,
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const output = this.child.stdout;
		if (!output) throw new Error('The compiler has no output');
		createInterface({ input: output }).on('line', (line) => {
			const [, errors] = /Found (\d+) errors?\. Watching/.exec(line) ?? [];
			if (errors !== undefined) onCompiled(Number(errors));
			else if (/\berror TS\d+:/.test(line)) say(line);
		});
	}

	/** Ends when the compiler does, which it does by itself only if it cannot work at all. */
	get ended(): Promise<unknown> {
		return once(this.child, 'exit');
	}

	async close(): Promise<void> {
		if (this.child.exitCode !== null || this.child.signalCode !== null) return;
		const ended = this.ended;
		this.child.kill();
		await ended;
	}
}
