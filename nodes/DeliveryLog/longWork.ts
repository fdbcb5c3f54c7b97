import { randomUUID } from 'node:crypto';
import { LongWorkNote } from '../../lib/store/log/longWork';
import { stopping, type OperationContext } from './operation';

/** What work in parts is given, so that it can be stopped and followed. */
export interface Followed {
	signal?: AbortSignal;
	onProgress: (done: number, share: number) => void;
}

/**
 * Does work on many deliveries and tells how far it is: in n8n's log, in the editor, and in the store, so
 * that Delivery Log and the dashboard show it wherever they run.
 * @param what the operation's name
 * @throws what `work` throws
 */
export async function longWork<T extends { stopped: boolean }>(
	context: OperationContext,
	what: string,
	work: (followed: Followed) => Promise<T>,
): Promise<T> {
	const { node, store } = context;
	const workflowId = node.getWorkflow().id;
	const note = new LongWorkNote(store, {
		id: randomUUID(),
		what,
		...(workflowId === undefined ? {} : { workflowId }),
		executionId: node.getExecutionId(),
	});
	let status: 'done' | 'stopped' | 'failed' = 'failed';
	try {
		const result = await work({
			...stopping(context),
			onProgress: (done, share) => {
				note.progress(done, share);
				context.progress(
					`${what}: ${done} deliveries, ${Math.floor(share * 100)} % looked through`,
				);
			},
		});
		status = result.stopped ? 'stopped' : 'done';
		return result;
	} finally {
		await note.end(status);
	}
}
