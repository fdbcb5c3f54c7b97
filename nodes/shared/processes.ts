/** Whether a process of this machine lives. */
export function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		// Not ours to signal is alive too.
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}
