const started = performance.now();

/** Progress for people, on standard error. */
export function tell(text: string): void {
	const seconds = Math.round((performance.now() - started) / 1000);
	process.stderr.write(`[${String(seconds).padStart(3)} s] ${text}\n`);
}
