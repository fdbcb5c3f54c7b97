import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A run of a node within an execution, as n8n recorded it. */
export interface RecordedRun {
	/** Milliseconds. */
	executionTime: number;
	/** Items on its first output. */
	items: number;
}

/**
 * What n8n recorded of a node's only run. From its database, since its API leaves large executions out and
 * reading them would count among the memory of n8n's process.
 */
export function recordedRun(userFolder: string, execution: string, node: string): RecordedRun {
	const database = new DatabaseSync(join(userFolder, '.n8n', 'database.sqlite'), {
		readOnly: true,
		timeout: 5_000,
	});
	try {
		const row = database
			.prepare('select data from execution_data where executionId = ?')
			.get(execution);
		return runOf(String(row?.data), node);
	} finally {
		database.close();
	}
}

/**
 * Execution data is a list of values that name one another by their index in it (the format of the
 * library flatted). Only what is asked for is put together.
 */
export function runOf(data: string, node: string): RecordedRun {
	const values = JSON.parse(data) as unknown[];
	const at = (value: unknown, ...path: Array<string | number>): unknown =>
		path.reduce((from: unknown, key) => {
			const next = (from as Record<string | number, unknown> | undefined)?.[key];
			return typeof next === 'string' ? values[Number(next)] : next;
		}, value);
	const [root] = values;
	const run = at(root, 'resultData', 'runData', node, 0);
	const executionTime = at(run, 'executionTime');
	if (typeof executionTime !== 'number') throw new Error(`n8n recorded no run of ${node}`);
	const items = at(run, 'data', 'main', 0);
	return { executionTime, items: Array.isArray(items) ? items.length : 0 };
}
