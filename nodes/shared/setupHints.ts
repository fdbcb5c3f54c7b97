import type { IExecuteFunctions, NodeExecutionHint } from 'n8n-workflow';
import { queueNameOf } from './queue';
import type { SenderRun } from './runSender';
import { ADD_TRIGGER } from './senderHints';
import { embeddedStoreWarning } from './storePlace';
import type { NodeStore } from './stores';

const QUEUE_TRIGGER = 'n8n-nodes-postback.deliveryQueueTrigger';

/** What the setting is called where an operator finds it. */
const SAVE_SETTING = 'Workflow settings › Save successful production executions';
const TIMEOUT_SETTING = 'Workflow settings › Timeout Workflow';

/**
 * Tells in a test run of a sender what would go wrong once the workflow is published.
 * @param run what the sender has read of its parameters
 */
export function giveSetupHints(
	context: IExecuteFunctions,
	run: Pick<SenderRun, 'queue' | 'retries'>,
): void {
	for (const hint of [queueHint(context, run), timeoutHint(context, run), savingHint(context)]) {
		if (hint) context.addExecutionHints({ location: 'outputPane', ...hint });
	}
}

/** Tells in a test run that what is stored would not stay. */
export function giveStoreHint(context: IExecuteFunctions, { isEmbedded }: NodeStore): void {
	const message = isEmbedded ? embeddedStoreWarning() : undefined;
	if (message === undefined) return;
	context.addExecutionHints({ message, type: 'warning', location: 'outputPane' });
}

type Hint = Pick<NodeExecutionHint, 'message' | 'type'>;

function queueHint(
	context: IExecuteFunctions,
	{ queue, retries }: Pick<SenderRun, 'queue' | 'retries'>,
): Hint | undefined {
	if (retries === 'output') return undefined;
	const node = context.getNode();
	const triggers = context
		.getParentNodes(node.name, { includeNodeParameters: true })
		.filter(({ type, disabled }) => type === QUEUE_TRIGGER && !disabled);
	if (triggers.length === 0) {
		const message = `No Delivery Queue Trigger is connected to this node. Once the workflow is published, it sends nothing without one, since nobody would carry out the retries. ${ADD_TRIGGER}`;
		return { message, type: 'warning' };
	}
	const queues = triggers.map(({ name, parameters }) => {
		const { queue: named } = (parameters?.options ?? {}) as { queue?: unknown };
		// An expression is only known to the trigger.
		const isKnown = typeof named !== 'string' || !named.startsWith('=');
		return { name, queue: isKnown ? queueNameOf(node, context.getWorkflow().id, named) : queue };
	});
	if (queues.some((one) => one.queue === queue)) return undefined;
	const [first] = queues;
	return {
		message: `"${first.name}" brings back what is in the queue "${first.queue}", but this node sends from the queue "${queue}". Give both the same name under Options › Queue.`,
		type: 'warning',
	};
}

function timeoutHint(
	context: IExecuteFunctions,
	{ retries }: Pick<SenderRun, 'retries'>,
): Hint | undefined {
	const seconds = Number(
		context.getWorkflowSettings().executionTimeout ?? process.env.EXECUTIONS_TIMEOUT ?? -1,
	);
	if (!(seconds > 0)) return undefined;
	const consequence =
		retries === 'output'
			? 'The time in a Wait node counts too, and what waits then is never sent.'
			: 'What is not sent by then is sent later, in an execution of its own.';
	return {
		message: `n8n stops executions of this workflow after ${seconds} s. ${consequence} Switch it off: ${TIMEOUT_SETTING}, or EXECUTIONS_TIMEOUT.`,
		type: 'warning',
	};
}

/** Copies of bodies in n8n's own database have none of the retention of the delivery store. */
function savingHint(context: IExecuteFunctions): Hint | undefined {
	const { saveDataSuccessExecution: setting = 'DEFAULT' } = context.getWorkflowSettings();
	const saved =
		setting === 'DEFAULT' ? (process.env.EXECUTIONS_DATA_SAVE_ON_SUCCESS ?? 'all') : setting;
	if (saved === 'none') return undefined;
	return {
		message: `n8n saves successful executions of this workflow, and with each a copy of every body in n8n's own database. Where bodies are many or hold personal data: ${SAVE_SETTING}: Do not save. The deliveries stay in the Delivery Log.`,
		type: 'info',
	};
}
