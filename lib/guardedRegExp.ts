import vm from 'node:vm';

// A pattern that repeats nothing needs linear time, one that repeats once quadratic time at worst, which
// this length keeps short.
const SHORT_INPUT = 2_000;

const holder: { run: () => void } = { run: () => undefined };
const context = vm.createContext(holder);
const script = new vm.Script('run()');

/**
 * Runs a function of this process, and stops it after `ms` milliseconds wherever it is, even within
 * one regular expression.
 *
 * @throws RegexTimeout when it was stopped.
 */
function runLimited<T>(ms: number, task: () => T): T {
	let result: { value: T } | undefined;
	holder.run = () => {
		result = { value: task() };
	};
	try {
		script.runInContext(context, { timeout: Math.max(1, Math.ceil(ms)) });
	} catch (error) {
		if (codeOf(error) === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new RegexTimeout();
		throw error;
	}
	return result!.value;
}

function codeOf(error: unknown): unknown {
	return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** A regular expression ran longer than it was allowed to. */
export class RegexTimeout extends Error {
	override readonly name = 'RegexTimeout';
}

/**
 * A RegExp class whose matching ends in time whatever pattern and text it is given.
 *
 * @param remaining Milliseconds that are left; asked before each match.
 */
export function guardedRegExp(remaining: () => number): RegExpConstructor {
	class GuardedRegExp extends RegExp {
		/** How often it may go back over a text at most. */
		private readonly loops: number;

		constructor(pattern: RegExp | string, flags?: string) {
			super(pattern, flags);
			this.loops = (this.source.match(/[*+{?|\\]/g) ?? []).length;
		}

		override exec(text: string): RegExpExecArray | null {
			// The guard costs 0.2 ms, too much for each of many harmless matches.
			const harmless = this.loops === 0 || (this.loops === 1 && text.length <= SHORT_INPUT);
			if (harmless) return super.exec(text);
			return runLimited(remaining(), () => super.exec(text));
		}
	}
	// RegExp may also be called without `new`; JSONata never does.
	return GuardedRegExp as unknown as RegExpConstructor;
}
