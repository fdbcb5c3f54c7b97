import { readFileSync, writeFileSync } from 'node:fs';

/** The highest resident memory of a process so far, in megabytes. */
export function peakMemoryMb(pid: number): number {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? NaN) / 1024;
}

/** Lets the highest resident memory of a process count from now on. */
export function forgetPeak(pid: number): void {
	// https://www.kernel.org/doc/html/latest/filesystems/proc.html, clear_refs
	writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
