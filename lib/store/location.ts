import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The parts of the process that say where n8n keeps its files and how it runs. */
export interface ProcessFacts {
	env: Record<string, string | undefined>;
	argv: readonly string[];
	cwd: string;
}

/**
 * The file of the embedded store, in n8n's user folder: `N8N_USER_FOLDER`, else the home folder, then
 * `.n8n/postback/deliveries.sqlite`.
 */
export function embeddedStorePath(facts: ProcessFacts): string {
	const { env } = facts;
	const folder = env.N8N_USER_FOLDER ?? env.HOME ?? env.USERPROFILE ?? homedir() ?? facts.cwd;
	return join(folder, '.n8n', 'postback', 'deliveries.sqlite');
}

/** Whether n8n runs in queue mode: by its variable, the file it names, or as a worker or webhook process. */
export function isQueueMode(facts: ProcessFacts): boolean {
	const { env, argv } = facts;
	if (argv.slice(2).some((arg) => arg === 'worker' || arg === 'webhook')) return true;
	if (env.EXECUTIONS_MODE !== undefined) return env.EXECUTIONS_MODE.trim() === 'queue';
	if (env.EXECUTIONS_MODE_FILE === undefined) return false;
	try {
		return readFileSync(env.EXECUTIONS_MODE_FILE, 'utf8').trim() === 'queue';
	} catch {
		// n8n itself falls back to its default when the file cannot be read.
		return false;
	}
}
